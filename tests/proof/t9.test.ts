import { assert } from "chai";
import { prove } from "../../proof/index.ts";
import { credentialTheorem as t9 } from "../../proof/theorems/t9.ts";
import { github, kubernetes, UNKNOWN, type DeclarationInput } from "../../policies/rules/declaration.ts";
import type { System } from "../../model/system.ts";
import { realWorld } from "./support/real.ts";
import { declared, sound, told, worldOf } from "./support/sound.ts";

const repository = "small";
const server = "https://kubernetes.default.svc";
const project = (name: string, namespace: string, stack = "prod"): DeclarationInput =>
  declared(
    kubernetes("argoproj.io/v1alpha1", "AppProject"),
    name,
    { metadata: { name }, spec: { destinations: [{ server, namespace }] } },
    stack,
  );
/** A tier before production, with an environment of its own. */
const withDev = (system: System): System => ({
  ...system,
  tiers: [
    { name: "dev", target: { kind: "argocd", application: "small-dev", namespace: "small-dev", branch: "main", path: "dev", kinds: [] } },
    ...system.tiers,
  ],
  environments: [
    ...system.environments,
    { name: "dev", tier: "dev", deployFrom: { branches: ["main"] }, trustedBy: [{ kind: "azure", credential: "cloud" }] },
  ],
});
const stack = (resource: DeclarationInput): readonly string[] => told(t9, worldOf({}, { resources: [resource] }));
const dev = (kind: string, name: string, properties: Readonly<Record<string, unknown>>): DeclarationInput =>
  declared(github(kind), name, { repository, ...properties }, "dev");
const claim = "small stacks: the credentials of stack dev can change production";
const says = (what: string, at: string): string => `stack dev declares ${what}, so its credentials have the right to change it (${at})`;
const ofProduction = "a part of repository acme/small, where production's gates are";

describe("T9: the credentials of one tier reach no other", () => {
  it("holds where each environment's secrets go to guarded branches, and one stack owns production", () => {
    assert.isEmpty(told(t9, worldOf()));
  });

  describe("a stack that does not own production", () => {
    it("declares nothing in its repository, be it for another tier: GitHub has no right over one environment or one ruleset", () => {
      const refName = { includes: ["refs/heads/dev"], excludes: [] };
      for (const [kind, properties] of [
        ["ActionsEnvironmentSecret", { environment: "dev", secretName: "A" }],
        ["WorkflowRepositoryPermissions", {}],
        ["RepositoryRuleset", { target: "branch", conditions: { refName } }],
      ] as const) {
        assert.deepEqual(stack(dev(kind, "late", properties)), [claim, says(ofProduction, "late repository")], kind);
        assert.isEmpty(stack(dev(kind, "late", { ...properties, repository: "other" })), kind);
      }
      const byId = declared(github("RepositoryEnvironment"), "late", { repositoryId: repository, environment: "dev" }, "dev");
      assert.deepEqual(stack(byId), [claim, says(ofProduction, "late repositoryId")]);
      const organization = declared(github("OrganizationRuleset"), "late", { name: "all" }, "dev");
      assert.deepEqual(stack(organization), [claim, says("a ruleset of the whole organization", "late conditions")]);
    });

    it("declares nothing in production's namespace, and nothing that deploys there", () => {
      const what = "what is in namespace small of production";
      const secret = declared(kubernetes("core/v1", "Secret"), "late", { metadata: { name: "pull", namespace: "small" } }, "dev");
      assert.deepEqual(stack(secret), [claim, says(what, "late metadata.namespace")]);
      assert.deepEqual(stack(project("late", "sm*", "dev")), [claim, says(what, "late spec.destinations.0")]);
      const spec = { destination: { server, namespace: "small" } };
      const application = declared(kubernetes("argoproj.io/v1alpha1", "Application"), "late", { metadata: { name: "late" }, spec }, "dev");
      assert.deepEqual(stack(application), [claim, says(what, "late spec.destination.namespace")]);
    });
  });

  it("keeps each AppProject out of another tier's namespace", () => {
    const application = declared(kubernetes("argoproj.io/v1alpha1", "Application"), "small-dev", {
      metadata: { name: "small-dev" },
      spec: { project: "small-dev", destination: { server, namespace: "small-dev" } },
    });
    const judged = (namespace: string) =>
      told(
        t9,
        worldOf(
          { environment: { ...sound.environment, trusted: false } },
          { system: withDev, resources: [application, project("small-dev", namespace)] },
        ),
      );
    assert.isEmpty(judged("small-dev"));
    assert.deepEqual(judged("small*"), [
      "small dev: a commit for dev changes small prod",
      "AppProject small-dev lets what is committed for dev into namespace small (small-dev spec.destinations.0)",
    ]);
  });

  describe("a secret", () => {
    const read = "it uses environment deploy, which waits for nobody, and reads secret APP_KEY (small-deploy reviewers)";
    const open = { ...sound.environment, reviewed: false };

    it("of an environment is not for jobs that anybody who pushes may write", () => {
      for (const [from, ref, at] of [
        ["any", "any branch", "small-deploy deploymentBranchPolicy"],
        ["tags", "a tag like v*", "small-from tagPattern"],
        ["x/*", "a branch like x/*", "small-from branchPattern"],
      ] as const) {
        assert.deepEqual(told(t9, worldOf({ environment: { ...open, from } })), [
          "small prod: a job that nobody has looked at reads the secrets of environment deploy",
          `anybody who may push starts a job of their own at ${ref} (${at})`,
          read,
        ]);
        assert.isEmpty(told(t9, worldOf({ environment: { ...sound.environment, from } })));
      }
      assert.isEmpty(told(t9, worldOf({ environment: open })));
    });

    it("of the repository opens nothing of production", () => {
      const text =
        "on: push\njobs:\n  ship:\n    runs-on: ubuntu-24.04\n    environment: deploy\n    steps:\n      - run: deploy\n        env:\n          KEY: ${{ secrets.SHARED }}\n";
      const shared = declared(github("ActionsSecret"), "small-shared", { repository, secretName: "SHARED" });
      assert.deepEqual(told(t9, worldOf({}, { files: { ".github/workflows/ship.yml": text }, resources: [shared] })), [
        "small prod: a job of another tier reads what opens prod",
        "the job ship deploys to prod with secret SHARED (.github/workflows/ship.yml:9)",
        "it is no environment's, so every job of every branch reads it (small-shared secretName)",
      ]);
      const [proof] = prove(worldOf({}, { resources: [shared] }), [t9])[0]?.proofs ?? [];
      assert.deepEqual(proof?.assumptions, ["secret SHARED, which every job of acme/small may read, opens nothing of prod"]);
    });
  });

  describe("a cloud", () => {
    it("tells environments apart by the subject, which must name them", () => {
      const template = (includeClaimKeys: readonly string[]) =>
        declared(github("ActionsRepositoryOidcSubjectClaimCustomizationTemplate"), "small-subject", {
          repository,
          useDefault: false,
          includeClaimKeys,
        });
      assert.isEmpty(told(t9, worldOf({}, { resources: [template(["repository_id", "context"])] })));
      assert.deepEqual(told(t9, worldOf({}, { resources: [template(["repository_id", "ref"])] })), [
        "small prod: the cloud takes a job of another tier for one of prod",
        "the subject of a job's token does not say which environment it is for (small-subject includeClaimKeys)",
      ]);
    });

    it("has a credential for each tier", () => {
      const line = "credential cloud trusts environment dev as it does deploy (environment dev trustedBy)";
      assert.include(told(t9, worldOf({}, { system: withDev })), line);
    });
  });

  it("is unknown where a name is known only after the update, and does not hold", () => {
    const late = dev("ActionsEnvironmentSecret", "late", { repository: UNKNOWN });
    assert.include(stack(late), "small stacks is unknown: late.repository is known only after the update");
  });

  it("holds for every tier of the five systems, and for the stack that owns none of production", async () => {
    const [proved] = prove(await realWorld(), [t9]);
    assert.lengthOf(proved?.proofs ?? [], 17);
    assert.isEmpty(told(t9, await realWorld()));
  });
});
