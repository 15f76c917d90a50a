import { expect } from "chai";
import { loadProject } from "../../cli/project.ts";
import { repositoryUrls, stackAccess, type KubernetesObject } from "../../delivery/stack-access.ts";
import { FaultsError } from "../../model/fault.ts";
import type { StackShare } from "../../model/ownership.ts";
import type { System } from "../../model/system.ts";
import { argocdTarget } from "../../model/target.ts";

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

const options = { argocdNamespace: "argocd", repositoryUrl: repositoryUrls("https://github.com") };
const user = "system:serviceaccount:argocd:gatehouse-dev";

describe("the rights of a stack in the cluster", () => {
  let systems: readonly System[];
  let dev: StackShare;

  before(async () => {
    const project = await loadProject();
    systems = project.systems.map(({ system }) => system);
    dev = project.stacks.find(({ stack }) => stack === "dev")!;
  });

  const targets = (owned: boolean) =>
    systems.flatMap((system) =>
      system.tiers.flatMap(({ name, target }) =>
        (dev.tiers[system.name]?.includes(name) === true) === owned ? (argocdTarget(target) ?? []) : [],
      ),
    );
  const rulesOf = (objects: readonly KubernetesObject[]) => objects.flatMap(({ rules = [] }) => rules as Rule[]);

  it("name every object: a rule without names would be one for production's too", () => {
    const rules = rulesOf(stackAccess(systems, dev, options));
    expect(rules).to.have.length(6);
    for (const rule of rules) {
      expect(rule.resourceNames, JSON.stringify(rule)).to.be.an("array").that.is.not.empty;
      for (const list of [rule.apiGroups, rule.resources, rule.verbs, rule.resourceNames ?? []]) expect(list).to.not.include("*");
      expect(rule.verbs).to.not.include.members(["deletecollection"]).and.not.include("impersonate").and.not.include("escalate");
      expect(rule.resources.filter((resource) => resource.includes("/"))).to.deep.equal([]);
    }
  });

  it("reach every Application of the stack's tiers, with its project, its namespace and its repository's Secret, and no other", () => {
    const rules = rulesOf(stackAccess(systems, dev, options));
    const named = (resource: string, binding: (name: string) => boolean = () => true) =>
      rules.filter(({ resources }) => resources.includes(resource)).flatMap(({ resourceNames = [] }) => resourceNames.filter(binding));
    const own = targets(true);
    const applications = own.map(({ application }) => application);
    expect(own).to.have.length.above(4);
    expect(named("applications")).to.have.members(applications);
    expect(named("appprojects")).to.have.members(applications);
    expect(named("namespaces")).to.have.members(own.map(({ namespace }) => namespace));
    expect(named("secrets")).to.have.members(["ghcr-pull", ...applications.map((name) => `repository-${name}`)]);
    expect(named("rolebindings")).to.deep.equal(["gatehouse-dev-namespace"]);
    const all = new Set(rules.flatMap(({ resourceNames = [] }) => resourceNames));
    for (const { application, namespace } of targets(false))
      expect([...all], application)
        .to.not.include.members([application])
        .and.not.include(namespace);
  });

  it("are bound to one user, for whom alone the policies are asked, and whose errors refuse", () => {
    for (const [named, name] of [
      [{}, user],
      [{ user: "deployer@example.com" }, "deployer@example.com"],
    ] as const) {
      const objects = stackAccess(systems, dev, { ...options, ...named });
      const subjects = objects.flatMap(({ subjects: bound = [] }) => bound as { kind: string; name: string }[]);
      expect(subjects.map(({ kind, name }) => [kind, name])).to.deep.equal([
        ["User", name],
        ["User", name],
      ]);
      const policies = objects.filter(({ kind }) => kind === "ValidatingAdmissionPolicy");
      expect(policies).to.have.length(5);
      for (const { metadata, spec } of policies) {
        const { failurePolicy, matchConditions } = spec as { failurePolicy: string; matchConditions: { expression: string }[] };
        expect(failurePolicy).to.equal("Fail");
        expect(matchConditions.map(({ expression }) => expression)).to.deep.equal([`request.userInfo.username == ${JSON.stringify(name)}`]);
        const bound = objects.find(({ kind, metadata: { name } }) => kind === "ValidatingAdmissionPolicyBinding" && name === metadata.name);
        expect(bound?.spec).to.deep.equal({ policyName: metadata.name, validationActions: ["Deny"] });
      }
      expect(
        objects.some(({ kind }) => kind === "ServiceAccount"),
        "a ServiceAccount, where no user is named",
      ).to.equal(name === user);
    }
  });

  it("come after the policies that hold them", () => {
    const kinds = stackAccess(systems, dev, options).map(({ kind }) => kind);
    expect(kinds.lastIndexOf("ValidatingAdmissionPolicyBinding")).to.be.below(kinds.indexOf("ClusterRoleBinding"));
    expect(kinds.lastIndexOf("ValidatingAdmissionPolicyBinding")).to.be.below(kinds.indexOf("RoleBinding"));
  });

  it("say where everything of a tier is: project → namespace, project → repository, project → kinds", () => {
    const objects = stackAccess(systems, dev, {
      ...options,
      repositoryUrl: repositoryUrls("http://127.0.0.1:1", { TheDataEngineX: "me" }),
    });
    const policy = objects.find(
      ({ kind, metadata }) => kind === "ValidatingAdmissionPolicy" && metadata.name === "gatehouse-dev-appprojects",
    );
    const { variables } = policy?.spec as { variables: { name: string; expression: string }[] };
    const values = Object.fromEntries(
      variables.map(({ name, expression }) => [name, (JSON.parse(expression) as Record<string, unknown>)["dex-dev"]]),
    );
    const kinds = targets(true).find(({ application }) => application === "dex-dev")?.kinds;
    expect(values).to.deep.equal({ namespaces: "dex-dev", repositories: "http://127.0.0.1:1/me/DEX.git", kinds });
  });

  it("are none, and taken away where there were some, when the stack owns nothing in a cluster", () => {
    const objects = stackAccess(systems, { ...dev, tiers: { kitchen: ["preprod"] } }, options);
    const roles = objects.filter(({ kind, metadata }) => kind.endsWith("Role") && metadata.name === "gatehouse-dev");
    expect(roles.map(({ kind, rules }) => [kind, rules])).to.deep.equal([
      ["ClusterRole", []],
      ["Role", []],
    ]);
  });

  it("are refused for the foundation, and for a name that no object may have", () => {
    const rights = (share: StackShare) => () => stackAccess(systems, share, options);
    expect(rights({ ...dev, stack: "prod" })).to.throw(FaultsError, /is the foundation: it owns production/);
    for (const stack of ["Dev", "dev_1", "-dev", "d".repeat(33)])
      expect(rights({ ...dev, stack }), stack).to.throw(FaultsError, /lower-case/);
  });
});
