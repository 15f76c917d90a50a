import { assert } from "chai";
import { docker, kubernetes, UNKNOWN, type DeclarationInput } from "../../policies/rules/declaration.ts";
import { prove } from "../../proof/index.ts";
import { lifecycleTheorem as t8 } from "../../proof/theorems/t8.ts";
import { realWorld } from "./support/real.ts";
import { resource } from "./support/shop-resources.ts";
import { lines, shop, tiers, type Changes } from "./support/shop.ts";

const unprotected = (key: string): Changes => ({ options: { [key]: { protect: false } } });
const notKept = (key: string): Changes => ({ options: { [key]: { retainOnDelete: false } } });
const application = (properties: Readonly<Record<string, unknown>>): Changes => ({ set: { "Application shop-prod": properties } });

/** What is said of a resource that is not protected. */
const gone = (what: string, loss: string, place: string, property: string): readonly string[] => [
  `shop prod: shop prod loses ${what}: ${loss}`,
  `somebody removes ${what} from the program, renames it, or runs pulumi destroy (${place} ${property})`,
  `Pulumi deletes it, as it is not protected (${place} protect)`,
];
const left = (what: string, loss: string, place: string): readonly string[] => [
  `shop prod: shop prod loses ${what}: ${loss}`,
  `somebody unprotects ${what}, to move or to rename it (${place} protect)`,
  `Pulumi deletes it, as it is not kept on deletion (${place} retainOnDelete)`,
];

const pods = "everything that runs in it is deleted";
const code = "its code, its tags and every gate of it are deleted";

describe("T8: destroy, rename and removal cannot take production down", () => {
  it("holds for the five systems", async () => {
    const [proved] = prove(await realWorld(), [t8]);
    assert.lengthOf(proved?.proofs ?? [], 5);
    assert.isEmpty(lines(t8, await realWorld()));
  });

  it("holds for the shop, of which the lower stack may be destroyed", () => {
    assert.isEmpty(lines(t8, shop()));
  });

  const counterexamples: Readonly<Record<string, readonly [Changes, readonly string[]]>> = {
    "an unprotected repository": [unprotected("Repository shop"), gone("repository shop", code, "shop", "name")],
    "a repository that is not kept": [notKept("Repository shop"), left("repository shop", code, "shop")],
    "an unprotected Namespace": [unprotected("Namespace shop-prod"), gone("Namespace shop", pods, "shop-prod", "metadata.name")],
    "a Namespace that is not kept": [notKept("Namespace shop-prod"), left("Namespace shop", pods, "shop-prod")],
    "an unprotected Application": [
      unprotected("Application shop-prod"),
      gone("Application shop", "nothing deploys production any more, nor puts back what it ran", "shop-prod", "metadata.name"),
    ],
    "an unprotected AppProject": [
      unprotected("AppProject shop-prod"),
      gone("AppProject shop", "Argo CD refuses every sync, a rollback too", "shop-prod", "metadata.name"),
    ],
    "an unprotected ruleset": [
      unprotected("RepositoryRuleset shop-main"),
      gone("the rules of branch main", "whoever may push changes production", "shop-main", "repository"),
    ],
    "an unprotected environment": [
      unprotected("RepositoryEnvironment shop-prod"),
      gone("environment prod", "its secrets are deleted, and the next job makes one that asks nobody", "shop-prod", "environment"),
    ],
    "an unprotected branch that production follows": [
      {
        ...unprotected("Branch shop-dev"),
        ...application({ "spec.source.targetRevision": "dev" }),
        set: { "Application shop-prod": { "spec.source.targetRevision": "dev" }, "RepositoryRuleset shop-dev": {} },
        options: { "Branch shop-dev": { protect: false }, "RepositoryRuleset shop-dev": { protect: true } },
      },
      gone("branch dev", "Argo CD finds nothing that it could deploy or put back", "shop-dev", "branch"),
    ],
    "a finalizer that takes everything along": [
      application({ "metadata.finalizers": ["resources-finalizer.argocd.argoproj.io"] }),
      [
        "shop prod: everything that runs in shop prod is deleted",
        "somebody deletes Application shop, by kubectl too (shop-prod)",
        "Argo CD deletes all that it has deployed before it lets the Application go (shop-prod metadata.finalizers.0)",
      ],
    ],
    "an overlay that may be empty": [
      application({ "spec.syncPolicy.automated.allowEmpty": true }),
      [
        "shop prod: everything that runs in shop prod is deleted",
        "a merge leaves the overlay without any object (shop-prod spec.source.path)",
        "Argo CD prunes all of them, as an empty overlay is allowed (shop-prod spec.syncPolicy.automated.allowEmpty)",
      ],
    ],
    "a sync that makes objects anew": [
      application({ "spec.syncPolicy.syncOptions.2": "Replace=true" }),
      [
        "shop prod: shop prod is down while it is deployed to",
        "a sync deletes objects and makes them anew (Replace=true) (shop-prod spec.syncPolicy.syncOptions.2)",
      ],
    ],
    "a sync that prunes first": [
      application({ "spec.syncPolicy.syncOptions": ["ServerSideApply=true"] }),
      [
        "shop prod: what a deployment of shop prod removes is gone before what takes its place is healthy",
        "Argo CD prunes by itself (shop-prod spec.syncPolicy.automated.prune)",
        "nothing says that it prunes last (shop-prod spec.syncPolicy.syncOptions)",
      ],
    ],
    "a lower Application in production's namespace": [
      { set: { "Application shop-dev": { "spec.destination.namespace": "shop" } } },
      [
        "shop prod: what shop-dev shares with shop prod is deleted",
        "somebody runs pulumi destroy on stack dev (shop-dev)",
        "Application shop-dev takes with it what it has deployed to shop (shop-dev metadata.finalizers.0)",
      ],
    ],
    "a lower stack that owns production's Namespace too": [
      {
        set: { "Namespace shop-dev": { "metadata.name": "shop" } },
        options: { "Namespace shop-dev": { protect: true, retainOnDelete: true } },
      },
      [
        "shop prod: everything that runs in shop prod is deleted",
        "somebody runs pulumi destroy on stack dev (shop-dev)",
        "stack dev owns Namespace shop too (shop-dev metadata.name)",
      ],
    ],
  };
  for (const [title, [changes, expected]] of Object.entries(counterexamples)) {
    it(`is broken by ${title}`, () => {
      assert.deepEqual(lines(t8, shop(changes)), expected);
    });
  }

  it("is broken by credentials that a run without them would take away", () => {
    const secret = (name: string, metadata: object, type?: string): DeclarationInput =>
      resource("prod", kubernetes("core/v1", "Secret"), `shop-prod-${name}`, { metadata, ...(type !== undefined && { type }) });
    const pull = secret("pull", { name: "ghcr-pull", namespace: "shop" }, "kubernetes.io/dockerconfigjson");
    const git = secret("repository", {
      name: "repository-shop",
      namespace: "argocd",
      labels: { "argocd.argoproj.io/secret-type": "repository" },
    });
    const other = secret("other", { name: "other", namespace: "shop" });
    assert.deepEqual(lines(t8, shop({ add: [pull, git, other] })), [
      ...gone("pull secret ghcr-pull", "no pod that is started again can pull its image", "shop-prod-pull", "metadata.name"),
      ...gone(
        "repository credentials repository-shop",
        "Argo CD can neither deploy nor put back anything",
        "shop-prod-repository",
        "metadata.name",
      ),
    ]);
    assert.isEmpty(lines(t8, shop({ add: [pull, git].map((one) => ({ ...one, protect: true })) })));
  });

  describe("on a Docker host", () => {
    const target = {
      kind: "docker",
      container: "shop",
      package: "shop",
      hostPort: 80,
      containerPort: 80,
      health: { path: "/" },
      volumes: { data: "/data" },
    };
    const declared = (stack: "prod" | "dev", kind: string, name: string, protect: boolean): DeclarationInput =>
      resource(stack, docker(kind), `shop-${stack}`, { name }, { protect, retainOnDelete: kind === "Volume" });
    const host = (...add: readonly DeclarationInput[]) => shop({ system: tiers({ prod: { target } }), add });

    it("keeps the container, its network and its data", () => {
      const all = ["Container", "Network", "Volume"].map((kind) => [kind, kind === "Volume" ? "data" : "shop"] as const);
      assert.isEmpty(lines(t8, host(...all.map(([kind, name]) => declared("prod", kind, name, true)))));
      assert.deepEqual(lines(t8, host(...all.map(([kind, name]) => declared("prod", kind, name, false)))), [
        ...gone("container shop", "it is stopped and removed", "shop-prod", "name"),
        ...gone("network shop", "its container loses its network", "shop-prod", "name"),
        ...gone("volume data", "the data in it are deleted", "shop-prod", "name"),
      ]);
    });

    it("shares none of them with another stack", () => {
      assert.deepEqual(lines(t8, host(declared("prod", "Volume", "data", true), declared("dev", "Volume", "data", true))), [
        "shop prod: shop prod loses volume data",
        "somebody runs pulumi destroy on stack dev (shop-dev)",
        "stack dev declares volume data too (shop-dev name)",
      ]);
    });
  });

  it("does not know before the update what a computed name belongs to, nor whether a resource is kept where nobody told", () => {
    assert.deepEqual(lines(t8, shop({ options: { "Namespace shop-prod": { retainOnDelete: UNKNOWN } } })), [
      "shop prod: unknown, retainOnDelete of shop-prod is known only after the update",
    ]);
    assert.deepEqual(lines(t8, shop({ set: { "Namespace shop-dev": { "metadata.name": UNKNOWN } } })), [
      "shop prod: unknown, shop-dev.metadata.name is known only after the update",
    ]);
  });
});
