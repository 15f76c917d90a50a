/* eslint-disable @typescript-eslint/no-unsafe-member-access, @typescript-eslint/no-unsafe-call --
   bad data is the point of shopWith: the types forbid every one of these changes */
import * as pulumi from "@pulumi/pulumi";
import { assert } from "chai";
import { buildFleet } from "../../components/fleet/index.ts";
import { judgeFleet, type JudgedFleet } from "../../components/fleet/judge.ts";
import { planStack } from "../../components/fleet/plan.ts";
import { actorsOf, judgeActors } from "../../components/fleet/actors.ts";
import { Providers } from "../../components/fleet/providers.ts";
import { recall } from "../../components/fleet/recall.ts";
import { FaultsError } from "../../model/fault.ts";
import { isSecret, qualifiedUrn, record, type Recording, type Registered } from "../support/pulumi.ts";
import { shop, shopFiles, shopStacks, shopWith, stackOf } from "../support/systems.ts";

const sound = { folder: "shop", declared: shop, files: shopFiles };
const fleet = (): JudgedFleet => judgeFleet([sound], shopStacks);

function build(
  name: "dev" | "prod",
  more: Readonly<Record<string, unknown>> = {},
  seeded?: ReadonlySet<string>,
): Promise<Recording<unknown>> {
  const stack = stackOf(name, more);
  return record(() => buildFleet(planStack(fleet(), stack, {}), stack, seeded), { stack: name });
}

const made: ReadonlySet<string> = new Set(["shop"]);
const names = (resources: readonly Registered[]) => resources.map(({ type, name }) => `${type.split(":").pop() ?? ""} ${name}`);

describe("a fleet in its foundation", () => {
  it("declares all that GitHub holds, and what its own tiers run: nothing that runs in another tier", async () => {
    const { resources } = await build("prod");
    assert.sameMembers(names(resources), [
      "github github-acme",
      "kubernetes kubernetes",
      "DeliverySystem shop",
      "GovernedRepository shop",
      "Repository shop",
      "BranchDefault shop",
      "RepositoryFile shop-.github/CODEOWNERS",
      "RepositoryFile shop-.github/workflows/ci.yml",
      "RepositoryFile shop-.github/workflows/deploy.yml",
      "RepositoryFile shop-.github/workflows/notifications.yml",
      "RepositoryFile shop-deploy/dev/kustomization.yaml",
      "RepositoryFile shop-deploy/prod/kustomization.yaml",
      "Branch shop-dev",
      "TeamRepository shop-maintainers",
      "TeamRepository shop-readers",
      "RepositoryCollaborator shop-shop-auditor",
      "ActionsRepositoryPermissions shop",
      "WorkflowRepositoryPermissions shop",
      "RepositoryVulnerabilityAlerts shop",
      "RepositoryDependabotSecurityUpdates shop",
      "IssueLabels shop",
      "RepositoryAutolinkReference shop-SHOP-",
      "RepositoryPages shop",
      "BranchGate shop-main",
      "RepositoryRuleset shop-main",
      "BranchGate shop-dev",
      "RepositoryRuleset shop-dev",
      "DeploymentEnvironment shop-dev",
      "RepositoryEnvironment shop-dev",
      "RepositoryEnvironmentDeploymentPolicy shop-dev-branch-dev",
      "ActionsSecrets shop-dev",
      "ActionsEnvironmentSecret shop-dev-DEPLOY_KEY",
      "ActionsEnvironmentVariable shop-dev-ADDRESS",
      "TagGate shop-v*",
      "RepositoryRuleset shop-v*",
      "RepositoryRuleset shop-v*-creation",
      "ActionsSecrets shop",
      "ActionsSecret shop-SHARED_TOKEN",
      "ActionsVariable shop-REGION",
      "ContainerPackage shop-shop",
      "DeploymentEnvironment shop-prod",
      "RepositoryEnvironment shop-prod",
      "RepositoryEnvironmentDeploymentPolicy shop-prod-branch-main",
      "RepositoryEnvironmentDeploymentPolicy shop-prod-tag-v*",
      "ActionsSecrets shop-prod",
      "ActionsEnvironmentSecret shop-prod-DEPLOY_KEY",
      "DeploymentEnvironment shop-notifications",
      "RepositoryEnvironment shop-notifications",
      "RepositoryEnvironmentDeploymentPolicy shop-notifications-branch-main",
      "ActionsSecrets shop-notifications",
      "ActionsEnvironmentSecret shop-notifications-SLACK_WEBHOOK_URL",
      "ArgoCdNotifications shop",
      "SecretPatch shop",
      "ConfigMapPatch shop",
      "GitOpsApplication shop-prod",
      "Namespace shop-prod",
      "Secret shop-prod-pull",
      "AppProject shop-prod",
      "Application shop-prod",
    ]);
  });

  it("makes no ruleset before the repository is seeded and its branches are there", async () => {
    const { one, all } = await build("prod");
    const seeded = one("github:index/repositoryFile:RepositoryFile", "shop-.github/workflows/notifications.yml").urn;
    const dev = one("github:index/branch:Branch").urn;
    for (const type of [
      "gatehouse:github:BranchGate",
      "gatehouse:github:TagGate",
      "gatehouse:github:DeploymentEnvironment",
      "gatehouse:argocd:GitOpsApplication",
    ]) {
      for (const gate of all(type)) assert.includeMembers([...gate.dependencies], [seeded, dev], gate.name);
    }
  });

  it("declares the files of a repository until all of them are written, and never again", async () => {
    const { all } = await build("prod");
    assert.lengthOf(all("github:index/repositoryFile:RepositoryFile"), shopFiles.size + 1); // and the workflow of notifications
    assert.isEmpty((await build("prod", {}, made)).all("github:index/repositoryFile:RepositoryFile"));
  });

  it("says that a repository is seeded only after its last file, so that a run killed before seeds again", async () => {
    const { result } = await build("prod");
    const { seeded } = (result as Record<string, { seeded: pulumi.Output<true> & { resources(): Promise<Set<pulumi.Resource>> } }>)[
      "shop"
    ]!;
    const urns = [...(await seeded.resources())].map(({ urn }) => new Promise<string>((resolve) => urn.apply(resolve)));
    assert.include((await Promise.all(urns)).join(), "RepositoryFile::shop-.github/workflows/notifications.yml");
  });

  it("protects and keeps repository and long-lived branches, and protects all rulesets and environments of production", async () => {
    const { all } = await build("prod");
    for (const type of ["github:index/repository:Repository", "github:index/branch:Branch"]) {
      for (const resource of all(type)) assert.isTrue(resource.protect && resource.retainOnDelete, resource.name);
    }
    for (const type of ["github:index/repositoryRuleset:RepositoryRuleset", "github:index/repositoryEnvironment:RepositoryEnvironment"]) {
      assert.isNotEmpty(all(type).filter(({ protect }) => protect));
      for (const { name, protect } of all(type)) assert.equal(protect, name !== "shop-dev", name);
    }
  });
});

describe("what a foundation remembers of itself", () => {
  it("is nothing before its first run, then its own outputs, and leaves nothing in its state that could drift", async () => {
    const stack = stackOf("prod");
    const plans = planStack(fleet(), stack, {});
    const attempt = (foundationOutputs: Record<string, unknown>) => record(() => recall(stack, plans), { foundationOutputs });
    assert.isEmpty((await attempt({})).result);
    const { result, resources } = await attempt({ systems: { shop: { repository: "acme/shop", seeded: true } } });
    assert.deepEqual([...result], ["shop"]);
    assert.isEmpty(resources);
  });

  it("is nothing where its first run broke off before the repository had all its first files", async () => {
    const stack = stackOf("prod");
    const systems = { shop: { repository: "acme/shop" } };
    assert.isEmpty((await record(() => recall(stack, planStack(fleet(), stack, {})), { foundationOutputs: { systems } })).result);
  });
});

describe("a fleet in a lower stack", () => {
  it("declares what its tiers run: nothing of production and nothing at all in GitHub, so that it needs no token there", async () => {
    const { resources } = await build("dev", {}, made);
    assert.sameMembers(names(resources), [
      "kubernetes kubernetes",
      "DeliverySystem shop",
      "GitOpsApplication shop-dev",
      "Namespace shop-dev",
      "Secret shop-dev-pull",
      "AppProject shop-dev",
      "Application shop-dev",
    ]);
  });

  it("names nothing of production in anything that it declares, and holds none of its secrets", async () => {
    const { resources } = await build("dev", {}, made);
    const sent = resources.filter(({ type }) => !type.startsWith("pulumi:")).map(({ inputs }) => JSON.stringify(inputs));
    for (const text of sent) assert.notMatch(text, /canary-(prod|shared)|"main"|deploy\/prod|"prod"|refs\/heads\/main/);
  });

  it("protects nothing, so that it can be destroyed", async () => {
    const { resources } = await build("dev", {}, made);
    for (const { protect, retainOnDelete, name } of resources) assert.isFalse(protect || retainOnDelete, name);
  });

  it("shares no resource with the foundation", async () => {
    const identity = ({ type, inputs }: Registered) =>
      `${type} ${JSON.stringify(inputs.name ?? inputs.environment ?? (inputs.metadata as { name?: string } | undefined)?.name ?? inputs)}`;
    const custom = ({ resources }: Recording<unknown>) =>
      resources.filter(({ type }) => /^(github|kubernetes):/.test(type) && !/Policy|Variable|Secret/.test(type));
    const shared = new Set(custom(await build("prod")).map(identity));
    for (const resource of custom(await build("dev", {}, made))) assert.isFalse(shared.has(identity(resource)), identity(resource));
  });

  it("refuses to begin before the foundation made the repository, and says what to run", async () => {
    const stack = stackOf("dev");
    const plans = planStack(fleet(), stack, {});
    const attempt = (foundationOutputs: Record<string, unknown>) => record(() => recall(stack, plans), { stack: "dev", foundationOutputs });
    try {
      await attempt({});
      assert.fail("was not refused");
    } catch (error) {
      assert.instanceOf(error, FaultsError);
      assert.include(error.message, "pulumi up --stack prod");
    }
    assert.deepEqual([...(await attempt({ systems: { shop: { repository: "acme/shop", seeded: true } } })).result], ["shop"]);
  });
});

describe("every stack", () => {
  for (const name of ["prod", "dev"] as const) {
    it(`gives all of its resources a physical name, and each a URN of its own (${name})`, async () => {
      const { resources } = await build(name, {}, made);
      const urns = resources.map((resource) => qualifiedUrn(resource, resources));
      assert.lengthOf(new Set(urns), urns.length);
      for (const { type, inputs, name: logical } of resources) {
        const physical = type.startsWith("kubernetes:")
          ? (inputs.metadata as { name?: string }).name
          : (inputs.repository ?? inputs.name ?? (type.startsWith("github:") ? undefined : "a component or a provider"));
        assert.isString(physical, `${type} ${logical}`);
      }
    });

    it(`puts every child below a component, which gets what is sent from its provider (${name})`, async () => {
      const { resources } = await build(name, {}, made);
      const custom = resources.filter(({ type }) => /^(github|kubernetes):/.test(type));
      for (const { parent, provider, name: logical, type } of custom) {
        assert.include(parent, "gatehouse:", logical);
        assert.include(provider, type.startsWith("github:") ? "github-acme" : "kubernetes", logical);
      }
    });

    it(`sends secrets as secrets only (${name})`, async () => {
      const { resources } = await build(name, { gitToken: "canary-git" }, made);
      const plain = (value: unknown): unknown => {
        if (typeof value !== "object" || value === null || isSecret(value)) return isSecret(value) ? "[secret]" : value;
        return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, plain(entry)]));
      };
      for (const { name: logical, inputs } of resources) assert.notInclude(JSON.stringify(plain(inputs)), "canary", logical);
    });
  }

  it("uses one GitHub provider per owner, the fast client, and the owner that the stack puts in place of the declared one", async () => {
    const { all, one } = await build("prod", { github: { owners: { acme: "acme-trial" } } });
    const [provider, ...others] = all("pulumi:providers:github");
    assert.isEmpty(others);
    assert.deepInclude(provider?.inputs, { owner: "acme-trial", legacyClient: "false", baseUrl: "https://api.github.com/" });
    assert.isTrue(isSecret(provider?.inputs.token));
    const { source } = one("kubernetes:argoproj.io/v1alpha1:Application").inputs.spec as { source: { repoURL: string } };
    assert.equal(source.repoURL, "https://github.com/acme-trial/shop.git");
  });

  it("makes no Kubernetes provider when no tier of it has a target", async () => {
    const source = shopWith((system) => {
      system.tiers.forEach((tier: { target?: unknown }) => delete tier.target);
      system.notifications.splice(2);
    });
    const stack = stackOf("prod");
    const { all } = await record(() => buildFleet(planStack(judgeFleet([source], shopStacks), stack, {}), stack));
    assert.isEmpty(all("pulumi:providers:kubernetes"));
  });

  it("looks teams and users up once each, and only those that it names", async () => {
    const named = actorsOf(shop, shopFiles).map(({ kind, name, place }) => `${kind} ${name}: ${place}`);
    assert.sameMembers(named, [
      "team maintainers: tier prod, bypass of branch main",
      "team maintainers: tier prod, reviewer of environment prod",
      "user shop-auditor: tier prod, reviewer of environment prod",
      "user shop-auditor: repository.collaborators",
      "team maintainers: repository.teams",
      "team readers: repository.teams",
      "team maintainers: .github/CODEOWNERS:1",
    ]);
    const calls = async (name: "dev" | "prod"): Promise<number> => {
      const stack = stackOf(name);
      const plans = planStack(fleet(), stack, {});
      const recording = await record(async () => {
        const providers = new Providers(stack);
        await judgeActors(plans, stack, providers);
        return buildFleet(plans, stack, made, providers);
      });
      return recording.calls.length;
    };
    assert.deepEqual([await calls("prod"), await calls("dev")], [3, 0]);
  });

  it("[AKS-4] says what Azure has to be told once the repository's number is known", async () => {
    const workflow = (shopFiles.get(".github/workflows/deploy.yml") ?? "").replace(
      "    env:\n",
      "    permissions:\n      id-token: write\n    env:\n",
    );
    const files = new Map([...shopFiles, [".github/workflows/deploy.yml", workflow]]);
    const trusting = shopWith((system) => {
      system.repository.oidcSubject = ["repository_id", "context"];
      for (const environment of system.environments) environment.trustedBy = [{ kind: "azure", credential: `github-${environment.name}` }];
    }, files);
    const told: string[] = [];
    const stack = stackOf("prod");
    await record(() => {
      const built = buildFleet(planStack(judgeFleet([trusting], shopStacks), stack, {}), stack);
      pulumi.output(built["shop"]?.subjects).apply((subjects) => told.push(...Object.values(subjects ?? {})));
      return built;
    });
    assert.sameMembers(
      told.map((subject) => subject.replace(/^repository_id:\d+:/, "")),
      ["environment:dev", "environment:prod", "environment:notifications"],
    );
    assert.match(told[0] ?? "", /^repository_id:\d+:environment:/);
    assert.throws(() => judgeFleet([{ ...trusting, files: shopFiles }], shopStacks), /id-token: write/);
  });
});
