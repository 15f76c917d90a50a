import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import {
  argoCdNotifications,
  configMapName,
  secretName,
  type ArgoCdNotifications as Entries,
} from "../../delivery/argocd-notifications.ts";
import { checkArguments, type Token } from "../shared/arguments.ts";
import { argoCdNotificationsArgs, type ArgoCdNotificationsArgs } from "./args.ts";

export type { ArgoCdNotificationsArgs } from "./args.ts";

const token: Token = "gatehouse:argocd:ArgoCdNotifications";

/**
 * A system's part of what Argo CD's notifications controller reads. The ConfigMap and the Secret belong to Argo CD's installation and hold
 * the parts of all systems: each part is a patch with a field manager of its own, and goes away alone.
 */
export class ArgoCdNotifications extends pulumi.ComponentResource {
  /**
   * @param name Unique among the notifications of the stack.
   * @throws FaultsError with every fault of the arguments, never with a secret's value; nothing is registered then.
   */
  constructor(name: string, args: ArgoCdNotificationsArgs, opts?: pulumi.ComponentResourceOptions) {
    let entries: Entries = { config: {}, secrets: {} };
    checkArguments(token, name, argoCdNotificationsArgs, args, (faults) => {
      if (faults.length === 0) entries = argoCdNotifications(args.system, args, faults);
    });
    super(token, name, { system: args.system.name }, opts);
    const metadata = (object: string) => ({
      name: object,
      namespace: args.argocdNamespace,
      // An entry that somebody edited is taken back instead of failing on the conflict.
      annotations: { "pulumi.com/patchForce": "true" },
    });
    const secrets = Object.entries(entries.secrets);
    const credentials =
      secrets.length === 0
        ? []
        : [
            new kubernetes.core.v1.SecretPatch(
              name,
              {
                metadata: metadata(secretName),
                stringData: Object.fromEntries(secrets.map(([key, value]) => [key, pulumi.secret(value.reveal())])),
              },
              { parent: this },
            ),
          ];
    // First the credentials: a service whose credential is missing would be tried with the name of it.
    new kubernetes.core.v1.ConfigMapPatch(
      name,
      { metadata: metadata(configMapName), data: { ...entries.config } },
      { parent: this, dependsOn: credentials },
    );
    this.registerOutputs({});
  }
}
