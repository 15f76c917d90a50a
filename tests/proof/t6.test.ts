import { assert } from "chai";
import { SECRET, UNKNOWN } from "../../policies/rules/declaration.ts";
import { prove } from "../../proof/index.ts";
import { reachTheorem as t6 } from "../../proof/theorems/t6.ts";
import { realWorld } from "./support/real.ts";
import { lines, shop, type Changes } from "./support/shop.ts";

const notifications = ".github/workflows/notifications.yml";
const subscriptions = "notifications.argoproj.io/subscriptions.gatehouse";
const annotations = (value: unknown): Changes => ({ set: { "Application shop-prod": { "metadata.annotations": value } } });
/** The ConfigMap with other entries; `undefined` takes one away. */
function config(entries: Readonly<Record<string, string | undefined>>): Changes {
  const data = Object.fromEntries(Object.entries({ ...declared(), ...entries }).filter(([, value]) => value !== undefined));
  return { set: { "ConfigMapPatch shop": { data } } };
}
const declared = (): Readonly<Record<string, string>> => {
  const resource = shop().declared.all("kubernetes:core/v1:ConfigMapPatch")[0];
  return resource?.get("data") as Record<string, string>;
};
const file = (from: string | RegExp, to: string): Changes => ({ files: { [notifications]: (text) => text.replace(from, to) } });

const degraded = "shop prod: nobody hears that something is wrong with shop prod: its health is Degraded";
const subscribed = `the Application subscribes shop_team to shop_degraded (shop-prod metadata.annotations.${subscriptions})`;
const fires = "trigger shop_degraded fires when its health is Degraded (shop data.trigger.shop_degraded)";
const silent = "shop prod cd.yml: nobody hears of a failure of .github/workflows/cd.yml, which runs in environment prod";
const runs = "job notify runs when CD has failed (.github/workflows/notifications.yml:9)";
const ruled = "the table has a rule for a failure of cd.yml (.github/workflows/notifications.yml:16)";

describe("T6: every failure of production reaches somebody", () => {
  it("holds for the five systems", async () => {
    const [proved] = prove(await realWorld(), [t6]);
    assert.isAbove(proved?.proofs.length ?? 0, 20);
    assert.isEmpty(lines(t6, await realWorld()));
  });

  it("holds for the shop", () => {
    assert.isEmpty(lines(t6, shop()));
  });

  describe("of the Application", () => {
    const counterexamples: Readonly<Record<string, readonly [Changes, readonly string[]]>> = {
      "no subscription": [
        annotations({ [subscriptions]: "[]" }),
        [degraded, "the Application subscribes nobody to it (shop-prod metadata.annotations)"],
      ],
      "a trigger that nobody declares": [
        config({ "trigger.shop_degraded": undefined }),
        [degraded, `it subscribes to trigger shop_degraded, which nobody declares (shop-prod metadata.annotations.${subscriptions})`],
      ],
      "a trigger that asks for something else": [
        config({ "trigger.shop_degraded": "- when: app.status.health.status == 'Healthy'\n  send: [shop_degraded]\n" }),
        [degraded, "the Application subscribes nobody to it (shop-prod metadata.annotations)"],
      ],
      "a trigger that sends nothing": [
        config({ "trigger.shop_degraded": "- when: app.status.health.status == 'Degraded'\n  send: []\n" }),
        [degraded, subscribed, "trigger shop_degraded sends no template (shop data.trigger.shop_degraded)"],
      ],
      "a template that nobody declares": [
        config({ "template.shop_degraded": undefined }),
        [degraded, subscribed, fires, "template shop_degraded is declared by nobody (shop data.trigger.shop_degraded)"],
      ],
      "a template that says nothing to the webhook": [
        config({ "template.shop_degraded": "message: degraded\n" }),
        [degraded, subscribed, fires, "template shop_degraded says nothing to shop_team (shop data.template.shop_degraded)"],
      ],
      "no recipient": [
        annotations({
          [subscriptions]: JSON.stringify([{ trigger: ["shop_degraded"], destinations: [{ service: "shop_team", recipients: [] }] }]),
        }),
        [degraded, subscribed, `shop_team has no recipient (shop-prod metadata.annotations.${subscriptions})`],
      ],
      "a subscription that is no YAML": [
        annotations({ [subscriptions]: "[" }),
        [degraded, "the Application subscribes nobody to it (shop-prod metadata.annotations)"],
      ],
    };
    for (const [title, [changes, expected]] of Object.entries(counterexamples)) {
      it(`stops at ${title}`, () => {
        const found = lines(t6, shop(changes));
        assert.deepEqual(found.slice(0, expected.length), expected);
      });
    }

    it("stops at a service that nobody declares, for every state", () => {
      const found = lines(t6, shop(config({ "service.webhook.shop_team": undefined })));
      assert.lengthOf(
        found.filter((line) => line.startsWith("shop prod: ")),
        3,
      );
      assert.lengthOf(
        found.filter((line) => line.startsWith("service shop_team is declared by nobody")),
        3,
      );
    });

    it("stops at a secret that is not there, in the service or in what the template says", () => {
      const none = lines(t6, shop({ set: { "SecretPatch shop": { stringData: { other: SECRET } } } }));
      assert.include(
        none,
        "service shop_team needs shop_team, which no Secret argocd-notifications-secret holds (shop data.service.webhook.shop_team)",
      );
      assert.include(lines(t6, shop({ without: ["SecretPatch shop"] })).join("\n"), "needs shop_team, which no Secret");
      const body = "webhook:\n  shop_team:\n    method: POST\n    body: '{{ index .secrets \"key\" | toString }}'\n";
      assert.include(lines(t6, shop(config({ "template.shop_degraded": body }))).join("\n"), "needs key, which no Secret");
    });

    it("takes for true that a Secret whose keys are secret too holds what is needed, and says so", () => {
      const world = shop({ set: { "SecretPatch shop": { stringData: SECRET } } });
      assert.isEmpty(lines(t6, world));
      assert.deepEqual(prove(world, [t6])[0]?.proofs[0]?.assumptions, ["Secret argocd-notifications-secret holds shop_team"]);
    });

    it("hears by the older notation of a subscription, and by any of several", () => {
      const each = ["degraded", "sync-failed"].map((event) => [`notifications.argoproj.io/subscribe.shop_${event}.shop_team`, "a;b"]);
      assert.isEmpty(lines(t6, shop(annotations(Object.fromEntries(each)))));
      const two = JSON.stringify([
        {
          trigger: ["gone", "shop_degraded", "shop_sync-failed"],
          destinations: [
            { service: "gone", recipients: ["x"] },
            { service: "shop_team", recipients: ["x"] },
          ],
        },
      ]);
      assert.isEmpty(lines(t6, shop(annotations({ [subscriptions]: two }))));
    });
  });

  describe("of a workflow", () => {
    const counterexamples: Readonly<Record<string, readonly [Changes, readonly string[]]>> = {
      "a repository without the workflow that tells": [
        { files: { [notifications]: null } },
        [silent, "the repository has no workflow that tells of it (.github/workflows/cd.yml:1)"],
      ],
      "a workflow that it does not listen to": [
        file('      - "CD"\n', ""),
        [silent, ".github/workflows/notifications.yml is not started when CD has ended (.github/workflows/notifications.yml:3)"],
      ],
      "an end that it does not listen to": [
        file("[completed]", "[requested]"),
        [silent, ".github/workflows/notifications.yml is not started when CD has ended (.github/workflows/notifications.yml:3)"],
      ],
      "a job that a failure does not start": [
        file("!= 'skipped'", "== 'success'"),
        [silent, "job notify does not run after a failure (.github/workflows/notifications.yml:9)"],
      ],
      "a table without the workflow": [
        file(',{"workflow":"cd.yml"', ',{"workflow":"other.yml"'),
        [silent, runs, "no rule of the table is about a failure of cd.yml (.github/workflows/notifications.yml:16)"],
      ],
      "a rule for success alone": [
        file('"cd.yml","outcome":"failure"', '"cd.yml","outcome":"success"'),
        [silent, runs, "no rule of the table is about a failure of cd.yml (.github/workflows/notifications.yml:16)"],
      ],
      "a rule for another branch": [
        file('"cd.yml","outcome"', '"cd.yml","branch":"dev","outcome"'),
        [silent, runs, "no rule of the table is about a failure of cd.yml (.github/workflows/notifications.yml:16)"],
      ],
      "a channel that is not there": [
        file(/\["team"\]\}\]/, '["tema"]}]'),
        [silent, runs, ruled, "the table has no channel tema (.github/workflows/notifications.yml:16)"],
      ],
      "PagerDuty for what is less than an error": [
        {
          files: {
            [notifications]: (text) =>
              text.replace('"kind":"slack"', '"kind":"pagerduty"').replace('"to":["team"]}]', '"severity":"warning","to":["team"]}]'),
          },
        },
        [silent, runs, ruled, "channel team is PagerDuty, which wakes nobody for a warning (.github/workflows/notifications.yml:16)"],
      ],
      "a secret that the step has not": [
        file("SLACK: ${{ secrets.SLACK }}", "SLACK: none"),
        [silent, runs, ruled, "the step has no secret SLACK, which channel team needs (.github/workflows/notifications.yml:16)"],
      ],
      "a secret that nobody declares": [
        { without: ["ActionsEnvironmentSecret shop-notifications-SLACK"] },
        [silent, runs, ruled, "no stack declares secret SLACK of environment notifications (.github/workflows/notifications.yml:16)"],
      ],
      "a secret of another environment": [
        { set: { "ActionsEnvironmentSecret shop-notifications-SLACK": { environment: "prod" } } },
        [silent, runs, ruled, "no stack declares secret SLACK of environment notifications (.github/workflows/notifications.yml:16)"],
      ],
      "an environment that waits for a reviewer": [
        { set: { "RepositoryEnvironment shop-notifications": { reviewers: [{ teams: [1] }] } } },
        [silent, runs, ruled, "the job waits until somebody approves environment notifications (shop-notifications reviewers)"],
      ],
    };
    for (const [title, [changes, expected]] of Object.entries(counterexamples)) {
      it(`stops at ${title}`, () => {
        assert.deepEqual(lines(t6, shop(changes)), expected);
      });
    }

    it("is about those that gate production's branches, too", () => {
      const gate = { pullRequest: {}, checks: { required: [{ workflow: "ci.yml", job: "test" }] } };
      const system = { branches: [{ name: "main", default: true, tier: "prod", gate }] };
      assert.deepEqual(lines(t6, shop({ system, ...file('"ci.yml","branch":"main"', '"ci.yml","branch":"dev"') })), [
        "shop prod ci.yml: nobody hears of a failure of .github/workflows/ci.yml, which gates what is deployed",
        "job notify runs when CI has failed (.github/workflows/notifications.yml:9)",
        "no rule of the table is about a failure of ci.yml (.github/workflows/notifications.yml:16)",
      ]);
    });
  });

  it("does not know before the update what a computed subscription or a computed secret reaches", () => {
    assert.deepEqual(lines(t6, shop(annotations(UNKNOWN))), [
      "shop prod: unknown, shop-prod.metadata.annotations is known only after the update",
    ]);
    assert.deepEqual(lines(t6, shop({ set: { "ActionsEnvironmentSecret shop-notifications-SLACK": { environment: UNKNOWN } } })), [
      "shop prod cd.yml: unknown, shop-notifications-SLACK.environment is known only after the update",
    ]);
  });
});
