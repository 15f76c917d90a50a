import { inspect } from "node:util";
import { assert } from "chai";
import { FaultsError } from "../../model/fault.ts";
import { judgeOwnership } from "../../model/ownership.ts";
import { resolveSecrets, secretVariable, secretsOf } from "../../model/secrets.ts";
import { Sensitive } from "../../model/sensitive.ts";
import { readStack } from "../../model/stack.ts";
import { shop, shopStacks, stackOf, stackValues } from "../support/systems.ts";

/** The error that an action throws; fails when it throws none, or another kind. */
function faultsOf(action: () => unknown): FaultsError {
  try {
    action();
  } catch (error) {
    assert.instanceOf(error, FaultsError);
    return error;
  }
  return assert.fail("nothing was refused");
}

const read = (values: Record<string, string>, environment: Record<string, string> = {}) => readStack({ name: "prod", values, environment });

describe("a stack's configuration", () => {
  it("has GitHub's own addresses, ghcr.io and namespace argocd unless it says otherwise", () => {
    const stack = stackOf("prod");
    assert.equal(stack.github.apiUrl, "https://api.github.com/");
    assert.equal(stack.github.url, "https://github.com");
    assert.equal(stack.registry.host, "ghcr.io");
    assert.equal(stack.argocd.namespace, "argocd");
    assert.equal(stack.argocd.repositoryUrlBase, "https://github.com");
    assert.deepEqual(stack.images, {});
  });

  it("writes addresses in one way, whatever their slashes", () => {
    const stack = stackOf("prod", { github: { apiUrl: "http://127.0.0.1:1", url: "http://127.0.0.1:1//" } });
    assert.equal(stack.github.apiUrl, "http://127.0.0.1:1/");
    assert.equal(stack.argocd.repositoryUrlBase, "http://127.0.0.1:1");
  });

  it("is frozen to its leaves", () => {
    const stack = stackOf("prod");
    assert.throws(() => ((stack.tiers as Record<string, unknown>).shop = []));
    assert.throws(() => (stack.argocd.signatureKeys as string[]).push("x"));
  });

  it("takes GitHub's token from the environment when the stack has none", () => {
    const values = stackValues("prod", { githubToken: undefined });
    assert.equal(read(values, { GATEHOUSE_GITHUB_TOKEN: "from-environment" }).github.token?.reveal(), "from-environment");
  });

  it("refuses an unknown key and names the nearest", () => {
    const { faults } = faultsOf(() => read({ ...stackValues("prod"), "gatehouse:teirs": "{}" }));
    assert.lengthOf(faults, 1);
    assert.equal(faults[0]?.path, "gatehouse:teirs");
    assert.equal(faults[0]?.file, "Pulumi.prod.yaml");
    assert.match(faults[0]?.fix ?? "", /"tiers"/);
  });

  it("refuses a provider's own key, which nobody would read", () => {
    const { faults } = faultsOf(() => read({ ...stackValues("prod"), "github:token": "x" }));
    assert.match(faults[0]?.rule ?? "", /gatehouse:github/);
  });

  it("lets Pulumi's own keys through", () => {
    read({ ...stackValues("prod"), "pulumi:disable-default-providers": '["*"]' });
  });

  const wrong: readonly [string, unknown, RegExp][] = [
    ["foundation", undefined, /^gatehouse:foundation$/],
    ["githubToken", undefined, /^gatehouse:githubToken$/],
    ["tiers", "dev", /^gatehouse:tiers$/],
    ["tiers", { shop: "dev" }, /^gatehouse:tiers\.shop$/],
    ["github", { apiURL: "https://x.example" }, /^gatehouse:github\.apiURL$/],
    ["github", { apiUrl: "ftp://x.example" }, /^gatehouse:github\.apiUrl$/],
    ["kubernetes", { kubeConfig: "x" }, /^gatehouse:kubernetes\.kubeConfig$/],
    ["registry", { host: "https://ghcr.io" }, /^gatehouse:registry\.host$/],
    ["argocd", { signatureKeys: ["ABCD"] }, /^gatehouse:argocd\.signatureKeys\[0\]$/],
    ["images", { shop: { shop: "a tag" } }, /^gatehouse:images\.shop\.shop$/],
  ];
  for (const [key, value, path] of wrong) {
    it(`refuses ${key}: ${value === undefined ? "nothing" : JSON.stringify(value)}`, () => {
      const { faults } = faultsOf(() => read(stackValues("prod", { [key]: value })));
      assert.match(faults[0]?.path ?? "", path);
    });
  }

  it("says all its faults at once", () => {
    const values = {
      ...stackValues("prod", { foundation: undefined, registry: { hots: "x" }, argocd: { namespace: "No" } }),
      "gatehouse:x": "1",
    };
    assert.lengthOf(faultsOf(() => read(values)).faults, 4);
  });

  it("never shows a secret: not in an error, a template, JSON or the console", () => {
    const canary = "canary-3141";
    const { message, faults } = faultsOf(() =>
      read({
        ...stackValues("prod"),
        "gatehouse:secrets": JSON.stringify({ shop: { prod: { A: [canary] } }, [canary.slice(0, 3)]: { b: "" } }),
      }),
    );
    assert.notInclude(message + JSON.stringify(faults), canary);
    const stack = stackOf("prod", {
      githubToken: canary,
      gitToken: canary,
      registryToken: canary,
      secrets: { shop: { prod: { A: canary } } },
    });
    assert.notInclude(`${inspect(stack, { depth: 9, showHidden: true })}${JSON.stringify(stack)}${String(stack.github.token)}`, canary);
    assert.equal(new Sensitive(canary).reveal(), canary);
  });
});

describe("secrets of a stack", () => {
  it("are in the foundation those of the repository and of every environment, since GitHub holds them, and none elsewhere", () => {
    const slots = (name: "dev" | "prod") => secretsOf(shop, stackOf(name)).map(({ scope, secret }) => `${scope} ${secret.name}`);
    assert.isEmpty(slots("dev"));
    assert.sameMembers(slots("prod"), ["repository SHARED_TOKEN", "dev DEPLOY_KEY", "prod DEPLOY_KEY", "notifications SLACK_WEBHOOK_URL"]);
  });

  it("come from the configuration, else from the environment", () => {
    const stack = stackOf("prod", { secrets: { shop: { prod: { DEPLOY_KEY: "configured" } } } });
    const environment = {
      GATEHOUSE_SECRET_SHOP_PROD_DEPLOY_KEY: "ignored",
      GATEHOUSE_SECRET_SHOP_DEV_DEPLOY_KEY: "of dev",
      GATEHOUSE_SECRET_SHOP_REPOSITORY_SHARED_TOKEN: "taken",
      GATEHOUSE_SECRET_SHOP_NOTIFICATIONS_SLACK_WEBHOOK_URL: "https://slack.example",
    };
    const resolved = resolveSecrets([shop], stack, environment).get("shop");
    assert.equal(resolved?.prod?.DEPLOY_KEY?.reveal(), "configured");
    assert.equal(resolved?.repository?.SHARED_TOKEN?.reveal(), "taken");
  });

  it("that are missing are one error: system, tier, environment, secret, and the command for each", () => {
    const { faults, message } = faultsOf(() => resolveSecrets([shop], stackOf("prod", { secrets: undefined }), {}));
    assert.lengthOf(faults, 4);
    for (const word of ["system shop", "tier dev", "tier prod", "environment prod", "DEPLOY_KEY", "SHARED_TOKEN"])
      assert.include(message, word);
    assert.include(message, "pulumi config set --secret --path 'gatehouse:secrets.shop.prod.DEPLOY_KEY' --stack prod");
  });

  it("that nothing declares are refused, by a path and without their value", () => {
    const secrets = {
      shop: {
        dev: { DEPLOY_KEY: "e" },
        prod: { DEPLOY_KEY: "a", DEPLOY_KYE: "canary" },
        repository: { SHARED_TOKEN: "b" },
        notifications: { SLACK_WEBHOOK_URL: "d" },
      },
      store: { prod: { X: "c" } },
    };
    const { faults, message } = faultsOf(() => resolveSecrets([shop], stackOf("prod", { secrets }), {}));
    assert.sameMembers(
      faults.map((fault) => fault.path),
      ["gatehouse:secrets.shop.prod.DEPLOY_KYE", "gatehouse:secrets.store"],
    );
    assert.notInclude(message, "canary");
  });

  it("have variables of the environment in capitals and underscores", () => {
    const slot = { system: "data-platform", scope: "pre prod/eu", secret: { name: "A_B", purpose: "x" } };
    assert.equal(secretVariable(slot), "GATEHOUSE_SECRET_DATA_PLATFORM_PRE_PROD_EU_A_B");
  });
});

describe("ownership of tiers over all stack files", () => {
  const judge = (files: Record<string, string>) => judgeOwnership(new Map([...shopStacks, ...Object.entries(files)]), [shop]).faults;
  const file = (tiers: string, foundation = "prod") => `config:\n  gatehouse:foundation: ${foundation}\n  gatehouse:tiers: ${tiers}\n`;
  const about = (faults: readonly { path: string; rule: string }[]) => faults.map(({ path, rule }) => `${path}: ${rule}`).join("\n");

  it("is sound when each tier has one stack and all name one foundation", () => {
    assert.deepEqual(judge({}), []);
  });

  it("takes one more stack that owns a share of its own", () => {
    const stacks = { "Pulumi.dev.yaml": file("{}"), "Pulumi.lab.yaml": file("{ shop: [dev] }") };
    assert.deepEqual(judge(stacks), []);
  });

  it("takes what the engine writes into a stack file, and encrypted values", () => {
    const text = `encryptionsalt: v1:x\n${file("{ shop: [dev] }")}  gatehouse:githubToken:\n    secure: v1:abc\n`;
    assert.deepEqual(judge({ "Pulumi.dev.yaml": text }), []);
  });

  const refused: readonly [string, Record<string, string>, RegExp][] = [
    ["a tier that two stacks own", { "Pulumi.dev.yaml": file("{ shop: [dev, prod] }") }, /shop\.tiers\.prod: .*dev and prod own it/],
    ["a tier that no stack owns", { "Pulumi.dev.yaml": file("{}") }, /shop\.tiers\.dev: belongs to no stack/],
    ["an unknown tier", { "Pulumi.dev.yaml": file("{ shop: [dev, qa] }") }, /gatehouse:tiers\.shop\[1\]: no such tier/],
    ["an unknown system", { "Pulumi.dev.yaml": file("{ shop: [dev], shpo: [dev] }") }, /gatehouse:tiers\.shpo: no such system/],
    ["a tier named twice", { "Pulumi.dev.yaml": file("{ shop: [dev, dev] }") }, /gatehouse:tiers\.shop\[1\]: is named twice/],
    [
      "two foundations",
      { "Pulumi.dev.yaml": file("{ shop: [dev] }", "dev") },
      /gatehouse:foundation: .*exactly one stack is the foundation/,
    ],
    [
      "a foundation without a file",
      { "Pulumi.dev.yaml": file("{ shop: [dev] }", "base") },
      /gatehouse:foundation: must name a stack that has a file/,
    ],
    [
      "a file without a foundation",
      { "Pulumi.dev.yaml": "config:\n  gatehouse:tiers: { shop: [dev] }\n" },
      /gatehouse:foundation: is required/,
    ],
    [
      "production outside of the foundation",
      { "Pulumi.dev.yaml": file("{ shop: [prod] }"), "Pulumi.prod.yaml": file("{ shop: [dev] }") },
      /shop\.tiers\.prod: production belongs to the foundation/,
    ],
    [
      "an unknown key",
      { "Pulumi.dev.yaml": `${file("{ shop: [dev] }")}  gatehouse:tokn: x\n` },
      /gatehouse:tokn: no such configuration key/,
    ],
    ["an unknown field of the file", { "Pulumi.dev.yaml": `${file("{ shop: [dev] }")}configs: {}\n` }, /configs: no such field/],
    ["tiers that are no list", { "Pulumi.dev.yaml": file("{ shop: dev }") }, /gatehouse:tiers\.shop: must be a map/],
    ["a file that is no YAML", { "Pulumi.dev.yaml": "config: [\n" }, /Pulumi\.dev\.yaml: /],
    ["a file that is a list", { "Pulumi.dev.yaml": "- a\n" }, /config: must be a map/],
  ];
  for (const [title, files, expected] of refused) {
    it(`refuses ${title}`, () => {
      assert.match(about(judge(files)), expected);
    });
  }
});
