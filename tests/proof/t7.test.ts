import { assert } from "chai";
import { docker, UNKNOWN } from "../../policies/rules/declaration.ts";
import { ProofWorld, prove } from "../../proof/index.ts";
import { rollbackTheorem as t7 } from "../../proof/theorems/t7.ts";
import { realWorld } from "./support/real.ts";
import { resource } from "./support/shop-resources.ts";
import { lines, shop, tiers, type Changes } from "./support/shop.ts";

const overlay = "deploy/overlays/prod/kustomization.yaml";
const application = (properties: Readonly<Record<string, unknown>>): Changes => ({ set: { "Application shop-prod": properties } });
const image = (properties: Readonly<Record<string, unknown>>): Changes => ({ set: { "ContainerPackage shop-shop": properties } });
const tag = (to: string): Changes => ({ files: { [overlay]: (text) => text.replace("newTag: sha-a1b2c3d4", to) } });
const step = (text: string): Changes => ({ files: { ".github/workflows/cd.yml": (all) => `${all}      - ${text}\n` } });

const lost = "shop prod: nobody can say which image shop prod ran before, nor put it back";
const again = "shop prod: an image that was rolled back is deployed to shop prod again";
const setter = "sets the tag of an image, and never looks at banned-tags.txt";

describe("T7: a rollback of production has somewhere to go", () => {
  it("holds for the five systems", async () => {
    const [proved] = prove(await realWorld(), [t7]);
    assert.lengthOf(proved?.proofs ?? [], 5);
    assert.isEmpty(lines(t7, await realWorld()));
  });

  it("is broken for a governed system whose deployment looks at no list of banned tags any more", async () => {
    const real = await realWorld();
    for (const [name, script] of [
      ["airflow-etl", "scripts/ci/deploy-production.sh"],
      ["data-platform-aks", "scripts/ci/propose-overlay.sh"],
      ["dataenginex", "scripts/lib/promotion.sh"],
      ["dataknobs", "scripts/ci/propose-image.sh"],
    ] as const) {
      const systems = real.systems.filter(({ system }) => system.name === name);
      const changed = systems.map(({ system, files }) => ({
        system,
        files: new Map([...files, [script, (files.get(script) ?? "").replaceAll("banned-tags.txt", "other.txt")] as const]),
      }));
      const found = lines(t7, new ProofWorld({ resources: real.resources, systems: changed }));
      assert.include(found.join("\n"), setter, name);
    }
  });

  it("holds for the shop, and for an image by its digest", () => {
    assert.isEmpty(lines(t7, shop()));
    assert.isEmpty(lines(t7, shop(tag(`digest: sha256:${"a".repeat(64)}`))));
  });

  const counterexamples: Readonly<Record<string, readonly [Changes, readonly string[]]>> = {
    "a tag that moves": [
      tag("newTag: latest"),
      [
        lost,
        `shop prod runs ghcr.io/acme/shop by the tag latest (${overlay}:9)`,
        "latest is none of the tags that never move (shop-shop immutableTags)",
      ],
    ],
    "no tag, which is latest": [
      tag(""),
      [
        lost,
        `shop prod runs ghcr.io/acme/shop by the tag latest (${overlay}:8)`,
        "latest is none of the tags that never move (shop-shop immutableTags)",
      ],
    ],
    "a tag that is said to move, too": [
      image({ movingTags: ["latest", "sha-*"] }),
      [
        lost,
        `shop prod runs ghcr.io/acme/shop by the tag sha-a1b2c3d4 (${overlay}:9)`,
        "sha-a1b2c3d4 is one of the tags that move (shop-shop movingTags.1)",
      ],
    ],
    "an image that was rolled back": [
      { files: { "deploy/overlays/prod/banned-tags.txt": "sha-a1b2c3d4 # crashed\n" } },
      [
        "shop prod: shop prod runs an image that was rolled back",
        `shop prod runs ghcr.io/acme/shop by the tag sha-a1b2c3d4 (${overlay}:9)`,
        "sha-a1b2c3d4 was rolled back, and may not come again (deploy/overlays/prod/banned-tags.txt)",
      ],
    ],
    "a job that looks at no list": [
      { files: { "scripts/set-tag.sh": (text) => text.replace('require_not_banned "$1" "$TAG"\n', "") } },
      [again, `job dev of .github/workflows/cd.yml ${setter} (scripts/set-tag.sh:4)`],
    ],
    "a list that a comment only mentions": [
      { files: { "scripts/lib.sh": (text) => text.replace("! grep", "# ! grep") } },
      [again, `job dev of .github/workflows/cd.yml ${setter} (scripts/set-tag.sh:5)`],
    ],
    "a script that people run": [
      { files: { "scripts/hotfix.sh": "#!/bin/sh\ncd deploy/overlays/prod\nkustomize edit set image acme/shop=ghcr.io/acme/shop:$1\n" } },
      [again, `scripts/hotfix.sh ${setter} (scripts/hotfix.sh:3)`],
    ],
    "a step of a job itself": [
      step("run: cd deploy/overlays/prod && kustomize edit set image acme/shop:$TAG"),
      [again, `job prod of .github/workflows/cd.yml ${setter} (.github/workflows/cd.yml:20)`],
    ],
    "no method of merging": [
      { set: { "Repository shop": { allowSquashMerge: false, allowRebaseMerge: false } } },
      [
        "shop prod: nobody can merge the revert that takes a bad version out of shop prod",
        "the repository does not allow every method of merging (shop allowMergeCommit)",
      ],
    ],
    "versions without a tag that are removed at once": [
      image({ retentionDays: 0 }),
      [
        "shop prod: parts of the image that shop prod would go back to are gone from the registry",
        "versions without a tag are removed after 0 days (shop-shop retentionDays)",
        "up to 0 days pass without a deployment (shop tiers.prod.windows)",
      ],
    ],
    "versions without a tag that a freeze outlives": [
      {
        ...image({ retentionDays: 14 }),
        system: tiers({
          prod: {
            windows: {
              open: [{ days: ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"], from: "00:00", to: "24:00" }],
              freezes: [{ from: "2026-12-20", to: "2027-01-03", reason: "Christmas" }],
            },
          },
        }),
      },
      [
        "shop prod: parts of the image that shop prod would go back to are gone from the registry",
        "versions without a tag are removed after 14 days (shop-shop retentionDays)",
        "up to 15 days pass without a deployment (shop tiers.prod.windows)",
      ],
    ],
    "a step that deletes versions": [
      step("uses: actions/delete-package-versions@v5"),
      [
        "shop prod: the image that shop prod would go back to is gone from the registry",
        "job prod of .github/workflows/cd.yml deletes versions that carry a tag (.github/workflows/cd.yml:20)",
      ],
    ],
    "a request that deletes one": [
      step("run: curl -X DELETE https://api.github.com/orgs/acme/packages/container/shop/versions/1"),
      [
        "shop prod: the image that shop prod would go back to is gone from the registry",
        "job prod of .github/workflows/cd.yml deletes versions that carry a tag (.github/workflows/cd.yml:20)",
      ],
    ],
    "no history": [
      application({ "spec.revisionHistoryLimit": 0 }),
      ["shop prod: Argo CD remembers nothing that shop prod ran before", "it keeps no history (shop-prod spec.revisionHistoryLimit)"],
    ],
    "no self-heal": [
      application({ "spec.syncPolicy.automated.selfHeal": undefined }),
      [
        "shop prod: what somebody has set in shop prod by hand comes back to life with the next commit, in place of what was rolled back",
        "Argo CD syncs commits by itself, and leaves changes by hand alone (shop-prod spec.syncPolicy.automated.selfHeal)",
      ],
    ],
    "no pruning": [
      application({ "spec.syncPolicy.automated.prune": false }),
      [
        "shop prod: what the bad version has added stays in shop prod after the rollback",
        "Argo CD deletes nothing that Git holds no more (shop-prod spec.syncPolicy.automated.prune)",
      ],
    ],
    "retries without an end": [
      application({ "spec.syncPolicy.retry": { limit: -1 } }),
      [
        "shop prod: a rollback of shop prod waits for ever behind the commit that it takes back",
        "a sync that fails is tried again without an end, and with the same commit (shop-prod spec.syncPolicy.retry)",
      ],
    ],
    "differences of images that nobody sees": [
      application({
        "spec.ignoreDifferences": [
          { kind: "Service", jsonPointers: ["/spec"] },
          { kind: "Deployment", jsonPointers: ["/spec/replicas", "/spec/template"] },
        ],
      }),
      [
        "shop prod: a rollback of shop prod changes Git, and the bad image goes on running",
        "Argo CD sees no difference in /spec/template (shop-prod spec.ignoreDifferences.1)",
      ],
    ],
  };
  for (const [title, [changes, expected]] of Object.entries(counterexamples)) {
    it(`is broken by ${title}`, () => {
      assert.deepEqual(lines(t7, shop(changes)), expected);
    });
  }

  it("leaves an Application alone that a person syncs", () => {
    assert.isEmpty(lines(t7, shop(application({ "spec.syncPolicy.automated": undefined }))));
    assert.isEmpty(lines(t7, shop(application({ "spec.ignoreDifferences": [{ kind: "Deployment", jsonPointers: ["/spec/replicas"] }] }))));
  });

  describe("with strategies of Argo Rollouts", () => {
    const strategies = [
      { kind: "canary", workload: "shop", replicas: 2, steps: [{ weight: 100 }] },
      { kind: "blueGreen", workload: "web", replicas: 2, activeService: "web", previewService: "web-preview" },
    ];
    const target = {
      kind: "argocd",
      application: "shop",
      namespace: "shop",
      branch: "main",
      path: "deploy/overlays/prod",
      kinds: [],
      strategies,
    };
    const hash = ["/spec/selector/rollouts-pod-template-hash"];
    const ignored = [
      { group: "apps", kind: "Deployment", jsonPointers: ["/spec/replicas"] },
      { kind: "Service", name: "web", jsonPointers: hash },
      { kind: "Service", name: "web-preview", jsonPointers: hash },
    ];
    const world = (ignoreDifferences: readonly object[], syncOptions: readonly string[], selfHeal = true) =>
      shop({
        ...application({
          "spec.ignoreDifferences": ignoreDifferences,
          "spec.syncPolicy.syncOptions": syncOptions,
          ...(!selfHeal && { "spec.syncPolicy.automated": undefined }),
        }),
        system: tiers({ prod: { target } }),
      });

    it("holds where self-heal leaves alone what they change", () => {
      assert.isEmpty(lines(t7, world(ignored, ["RespectIgnoreDifferences=true"])));
      assert.isEmpty(lines(t7, world([], [], false)));
    });

    it("is broken where self-heal and they undo each other's work", () => {
      assert.deepEqual(lines(t7, world(ignored.slice(1, 2), ["RespectIgnoreDifferences=true"])), [
        "shop prod: the old and the new pods of shop run side by side for ever in shop prod",
        "Argo Rollouts changes /spec/replicas of Deployment shop (shop prod strategies)",
        "Argo CD sets back whatever differs from Git (shop-prod spec.ignoreDifferences)",
        "shop prod: the old and the new pods of web run side by side for ever in shop prod",
        "Argo Rollouts changes /spec/replicas of Deployment web (shop prod strategies)",
        "Argo CD sets back whatever differs from Git (shop-prod spec.ignoreDifferences)",
        "shop prod: web-preview sends requests to both versions in shop prod",
        "Argo Rollouts changes /spec/selector/rollouts-pod-template-hash of Service web-preview (shop prod strategies)",
        "Argo CD sets back whatever differs from Git (shop-prod spec.ignoreDifferences)",
      ]);
      assert.deepEqual(lines(t7, world(ignored, [])), [
        "shop prod: a sync takes back what Argo Rollouts has changed in shop prod",
        "Argo CD sets back whatever differs from Git (shop-prod spec.syncPolicy.automated.selfHeal)",
        "a sync writes fields whose differences are ignored (shop-prod spec.syncPolicy.syncOptions)",
      ]);
    });
  });

  it("asks for the digest of a container's image on a Docker host", () => {
    const target = {
      kind: "docker",
      container: "shop",
      package: "shop",
      hostPort: 80,
      containerPort: 80,
      health: { path: "/" },
    };
    const container = (image: unknown, pulled?: string): Changes => ({
      system: tiers({ prod: { target } }),
      add: [
        resource("prod", docker("Container"), "shop-prod", { name: "shop", image }),
        ...(pulled === undefined ? [] : [resource("prod", docker("RemoteImage"), "shop-prod", { name: pulled })]),
      ],
    });
    const digest = `ghcr.io/acme/shop@sha256:${"0".repeat(64)}`;
    assert.isEmpty(lines(t7, shop(container(digest))));
    assert.isEmpty(lines(t7, shop(container(UNKNOWN, digest))));
    assert.deepEqual(lines(t7, shop(container("ghcr.io/acme/shop:latest"))), [
      lost,
      "container shop runs an image that no digest names (shop-prod image)",
    ]);
    assert.deepEqual(lines(t7, shop(container(UNKNOWN, "ghcr.io/acme/shop:v1"))), [
      lost,
      "container shop runs an image that no digest names (shop-prod name)",
    ]);
  });

  it("does not know before the update what a computed tag scheme or history keeps", () => {
    assert.deepEqual(lines(t7, shop(image({ immutableTags: UNKNOWN }))), [
      "shop prod: unknown, shop-shop.immutableTags is known only after the update",
    ]);
    assert.deepEqual(lines(t7, shop(application({ "spec.revisionHistoryLimit": UNKNOWN }))), [
      "shop prod: unknown, shop-prod.spec.revisionHistoryLimit is known only after the update",
    ]);
  });
});
