import { assert } from "chai";
import { ArgoCdNotifications } from "../../components/argocd-notifications/index.ts";
import { buildFleet } from "../../components/fleet/index.ts";
import { judgeFleet } from "../../components/fleet/judge.ts";
import { planStack } from "../../components/fleet/plan.ts";
import { FaultsError } from "../../model/fault.ts";
import { Sensitive } from "../../model/sensitive.ts";
import { openShop, shopValues } from "../support/argocd-notifications.ts";
import { isSecret, openSecret, record, type Recording } from "../support/pulumi.ts";
import { shop, shopFiles, shopStacks, stackOf } from "../support/systems.ts";

const config = "kubernetes:core/v1:ConfigMapPatch";
const secret = "kubernetes:core/v1:SecretPatch";
const application = "kubernetes:argoproj.io/v1alpha1:Application";
const subscriptions = "notifications.argoproj.io/subscriptions.gatehouse";

const declare = (values: Readonly<Record<string, string>> = shopValues): Promise<Recording<ArgoCdNotifications>> =>
  record(
    () =>
      new ArgoCdNotifications("shop", {
        system: openShop,
        values: Object.fromEntries(Object.entries(values).map(([name, value]) => [name, new Sensitive(value)])),
        pagerDutyUrl: "https://events.example",
        argocdNamespace: "argocd",
      }),
  );
const build = (name: "dev" | "prod"): Promise<Recording<unknown>> => {
  const stack = stackOf(name);
  const fleet = judgeFleet([{ folder: "shop", declared: shop, files: shopFiles }], shopStacks);
  return record(() => buildFleet(planStack(fleet, stack, {}), stack), { stack: name });
};

describe("ArgoCdNotifications", () => {
  it("patches Argo CD's own ConfigMap and Secret, taking back what somebody edited", async () => {
    const { one } = await declare();
    const metadata = (name: string) => ({ name, namespace: "argocd", annotations: { "pulumi.com/patchForce": "true" } });
    assert.deepEqual(one(config).inputs.metadata, metadata("argocd-notifications-cm"));
    assert.deepEqual(one(secret).inputs.metadata, metadata("argocd-notifications-secret"));
    assert.include([...one(config).dependencies], one(secret).urn);
  });

  it("[AF-6] sends every credential as a secret, and none in the ConfigMap", async () => {
    const { one, resources } = await declare();
    const sent = one(secret).inputs.stringData;
    const values = isSecret(sent)
      ? openSecret(sent)
      : Object.fromEntries(Object.entries(sent as object).map(([k, v]) => [k, openSecret(v)]));
    assert.deepEqual(values, {
      shop_chat: "https://hooks.example/canary-slack",
      shop_discord: "https://discord.example/canary-discord",
      shop_mail_host: "mail.example",
      shop_mail_username: "canary-user",
      shop_mail_password: "canary:password",
      shop_pager: "canary-pagerduty",
    });
    for (const { inputs, type } of resources) if (type !== secret) assert.notInclude(JSON.stringify(inputs), "canary");
  });

  it("registers nothing when a secret cannot be used, and says which without its value", async () => {
    let error: unknown;
    const { resources } = await record(() => {
      try {
        const values = { SLACK: new Sensitive("canary") };
        new ArgoCdNotifications("shop", { system: openShop, values, pagerDutyUrl: "https://events.example", argocdNamespace: "argocd" });
      } catch (thrown) {
        error = thrown;
      }
    });
    assert.deepEqual(resources, []);
    assert.instanceOf(error, FaultsError);
    assert.match(String(error), /gatehouse:secrets\.shop\.notifications\.SLACK/);
    assert.match(String(error), /4 faults/);
    assert.notInclude(String(error), "canary");
  });

  it("[DEX-13] is declared once, by the stack that owns the credentials; each tier's Application subscribes by itself", async () => {
    const [prod, dev] = [await build("prod"), await build("dev")];
    assert.lengthOf(prod.all(config), 1);
    assert.isEmpty(dev.all(config));
    const heard = (recording: Recording<unknown>) =>
      (recording.one(application).inputs.metadata as { annotations: Record<string, string> }).annotations[subscriptions];
    assert.include(heard(prod), "shop_prod_degraded");
    assert.isUndefined(heard(dev));
  });
});
