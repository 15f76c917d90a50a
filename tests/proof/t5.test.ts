import { assert } from "chai";
import fc from "fast-check";
import { UNKNOWN } from "../../policies/rules/declaration.ts";
import { prove } from "../../proof/index.ts";
import { projectTheorem as t5 } from "../../proof/theorems/t5.ts";
import { realWorld } from "./support/real.ts";
import { resource } from "./support/shop-resources.ts";
import { lines, shop, tiers, type Changes } from "./support/shop.ts";

const project = (properties: Readonly<Record<string, unknown>>): Changes => ({ set: { "AppProject shop-prod": properties } });
const base = "deploy/base/kustomization.yaml";

describe("T5: each AppProject allows exactly what its Application needs", () => {
  it("holds for the five systems", async () => {
    const [proved] = prove(await realWorld(), [t5]);
    assert.lengthOf(proved?.proofs ?? [], 10);
    assert.isEmpty(lines(t5, await realWorld()));
  });

  it("holds for the shop", () => {
    assert.isEmpty(lines(t5, shop()));
  });

  const url = "https://github.com/acme/shop.git";
  const cluster = "https://kubernetes.default.svc";
  const counterexamples: Readonly<Record<string, readonly [Changes, readonly string[]]>> = {
    "a project that nobody declares": [
      { set: { "Application shop-prod": { "spec.project": "default" } } },
      [
        "shop prod: what shop may deploy is decided by project default, which no stack declares",
        "the Application is in project default (shop-prod spec.project)",
      ],
    ],
    "another source": [
      project({ "spec.sourceRepos": [url, "*"] }),
      [
        "shop prod: what somebody else's repository holds may be deployed to shop prod",
        `the project takes *, and its Application needs ${url} only (shop-prod spec.sourceRepos.1)`,
      ],
    ],
    "no source": [
      project({ "spec.sourceRepos": [] }),
      ["shop prod: the next sync of shop prod is refused", `the project does not take ${url} (shop-prod spec.sourceRepos)`],
    ],
    "another destination": [
      project({ "spec.destinations.1": { server: cluster, namespace: "*" } }),
      [
        "shop prod: a merge to the repository of shop prod changes what runs somewhere else",
        `the project deploys to namespace * of ${cluster}, and its Application needs namespace shop of ${cluster} only (shop-prod spec.destinations.1)`,
      ],
    ],
    "the namespace of Argo CD": [
      {
        set: {
          "AppProject shop-prod": { "spec.destinations": [{ server: cluster, namespace: "argocd" }] },
          "Application shop-prod": { "spec.destination.namespace": "argocd" },
        },
      },
      [
        "shop prod: whoever may merge to the repository of shop prod administers Argo CD",
        "it is deployed to argocd, where Argo CD itself runs (shop-prod spec.destination.namespace)",
        "shop prod: the next sync of shop prod is refused",
        "the overlay renders apps/Deployment shop (deploy/base/deployment.yaml:2)",
        "the project does not deploy to namespace shop (shop-prod spec.destinations)",
      ],
    ],
    "a kind that is missing": [
      project({ "spec.namespaceResourceWhitelist": [{ group: "apps", kind: "Deployment" }] }),
      [
        "shop prod: the next sync of shop prod is refused",
        "the overlay renders /Service shop (deploy/base/service.yaml:2)",
        "the project does not allow /Service (shop-prod spec.namespaceResourceWhitelist)",
      ],
    ],
    "a kind that is forbidden": [
      project({ "spec.namespaceResourceBlacklist": [{ group: "", kind: "Serv*" }] }),
      [
        "shop prod: the next sync of shop prod is refused",
        "the overlay renders /Service shop (deploy/base/service.yaml:2)",
        "the project does not allow /Service (shop-prod spec.namespaceResourceBlacklist)",
      ],
    ],
    "a kind that nothing needs": [
      project({ "spec.namespaceResourceWhitelist.2": { group: "rbac.authorization.k8s.io", kind: "RoleBinding" } }),
      [
        "shop prod: a merge to the repository of shop prod brings an object of rbac.authorization.k8s.io/RoleBinding into the cluster, which nothing there needs",
        "the project allows rbac.authorization.k8s.io/RoleBinding, and the overlay renders none (shop-prod spec.namespaceResourceWhitelist.2)",
      ],
    ],
    "every kind, as the list is left out": [
      project({ "spec.namespaceResourceWhitelist": undefined }),
      [
        "shop prod: a merge to the repository of shop prod brings any kind into the cluster, which nothing there needs",
        "the project allows all kinds of a namespace but 0 that it names (shop-prod spec.namespaceResourceWhitelist)",
      ],
    ],
    "a cluster-wide kind": [
      project({ "spec.clusterResourceWhitelist": [{ group: "*", kind: "*" }] }),
      [
        "shop prod: a merge to the repository of shop prod brings an object of */* into the cluster, which nothing there needs",
        "the project allows */*, and the overlay renders none (shop-prod spec.clusterResourceWhitelist.0)",
      ],
    ],
    "another Application in the project": [
      {
        add: [
          resource("prod", "kubernetes:argoproj.io/v1alpha1:Application", "stray", {
            metadata: { name: "stray", namespace: "argocd" },
            spec: { project: "shop" },
          }),
        ],
      },
      ["shop prod: stray may deploy whatever shop prod may", "it is in project shop too (stray spec.project)"],
    ],
    "Applications of other namespaces": [
      project({ "spec.sourceNamespaces": ["teams"] }),
      [
        "shop prod: whoever may write to namespace teams deploys whatever shop prod may",
        "Applications of namespace teams may be in the project (shop-prod spec.sourceNamespaces.0)",
      ],
    ],
    "no keys": [
      project({ "spec.sourceIntegrity.git.policies.0.gpg.keys": [] }),
      [
        "shop prod: a commit that nobody has signed is deployed to shop prod",
        `no key must have signed what is taken from ${url} (shop-prod spec.sourceIntegrity.git.policies)`,
      ],
    ],
    "keys for another repository": [
      project({ "spec.sourceIntegrity.git.policies.0.repos": [{ url: "https://github.com/acme/other.git" }] }),
      [
        "shop prod: a commit that nobody has signed is deployed to shop prod",
        `no key must have signed what is taken from ${url} (shop-prod spec.sourceIntegrity.git.policies)`,
      ],
    ],
  };
  for (const [title, [changes, expected]] of Object.entries(counterexamples)) {
    it(`is broken by ${title}`, () => {
      assert.deepEqual(lines(t5, shop(changes)), expected);
    });
  }

  it("sees what generators and bases of bases render, and where it goes", () => {
    const files = {
      [base]: (text: string) => `${text}configMapGenerator:\n  - name: settings\n`,
      "deploy/base/service.yaml": (text: string) => `${text}---\napiVersion: v1\nkind: Namespace\nmetadata:\n  name: x\n`,
    };
    const steps = (tier: string): string[] => [
      "the overlay renders /ConfigMap settings (deploy/base/kustomization.yaml:7)",
      `the project does not allow /ConfigMap (shop-${tier} spec.namespaceResourceWhitelist)`,
    ];
    const cluster = (tier: string): string[] => [
      "the overlay renders /Namespace x (deploy/base/service.yaml:7)",
      `the project does not allow /Namespace (shop-${tier} spec.clusterResourceWhitelist)`,
    ];
    assert.deepEqual(
      lines(t5, shop({ files })).filter((line) => !line.startsWith("shop ")),
      [...cluster("dev"), ...steps("dev"), ...cluster("prod"), ...steps("prod")],
    );
  });

  it("asks for no signature where the declaration says that none is wanted, and says that it takes this for true", () => {
    const target = { kind: "argocd", application: "shop", namespace: "shop", branch: "main", path: "x", kinds: [], signedCommits: null };
    const world = shop({ ...project({ "spec.sourceIntegrity": undefined }), system: tiers({ prod: { target } }) });
    assert.isEmpty(lines(t5, world));
    const [proved] = prove(world, [t5]);
    assert.deepEqual(proved?.proofs[1]?.assumptions, ["nobody must sign what is deployed to shop prod, by its declaration"]);
  });

  it("does not know before the update what a computed list allows, nor what a chart or a remote base renders", () => {
    assert.deepEqual(lines(t5, shop(project({ "spec.sourceRepos": UNKNOWN }))), [
      "shop prod: unknown, shop-prod.spec.sourceRepos is known only after the update",
    ]);
    const overlay = "deploy/overlays/prod/kustomization.yaml";
    for (const more of ["helmCharts:\n  - name: nginx\n", "transformers:\n  - x.yaml\n"]) {
      assert.match(
        lines(t5, shop({ files: { [overlay]: (text) => text + more } })).join("\n"),
        /^shop prod: unknown, what .*kustomization.yaml:1\d/,
      );
    }
    const remote = (text: string) => text.replace("../../base", "https://github.com/acme/base?ref=main");
    assert.match(
      lines(t5, shop({ files: { [overlay]: remote } })).join("\n"),
      /^shop prod: unknown, what https:\/\/github.com\/acme\/base\?ref=main/,
    );
  });

  it("finds exactly what one of two sets has and the other has not", () => {
    const kinds = ["/ConfigMap", "/Service", "apps/Deployment", "apps/StatefulSet", "batch/Job", "networking.k8s.io/Ingress"];
    fc.assert(
      fc.property(fc.subarray(kinds), fc.subarray(kinds), (rendered, allowed) => {
        const manifests = rendered.map((kind) => {
          const [group = "", name = ""] = kind.split("/");
          return `apiVersion: ${group === "" ? "v1" : `${group}/v1`}\nkind: ${name}\nmetadata:\n  name: x\n`;
        });
        const whitelist = allowed.map((kind) => ({ group: kind.split("/")[0], kind: kind.split("/")[1] }));
        const world = shop({
          set: { "AppProject shop-prod": { "spec.namespaceResourceWhitelist": whitelist } },
          files: {
            "deploy/overlays/prod/all.yaml": manifests.join("---\n") + "# \n",
            "deploy/overlays/prod/kustomization.yaml": (text) => text.replace("../../base", "all.yaml"),
          },
        });
        const found = lines(t5, world).filter((line) => line.startsWith("the project"));
        const missing = kinds.filter((kind) => found.some((line) => line.includes(`does not allow ${kind} `)));
        const extra = kinds.filter((kind) => found.some((line) => line.includes(`allows ${kind}, and`)));
        assert.deepEqual(
          missing,
          kinds.filter((kind) => rendered.includes(kind) && !allowed.includes(kind)),
        );
        assert.deepEqual(
          extra,
          kinds.filter((kind) => allowed.includes(kind) && !rendered.includes(kind)),
        );
        assert.lengthOf(found, missing.length + extra.length);
      }),
      { numRuns: 200 },
    );
  });
});
