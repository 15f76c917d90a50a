import { flag, list, object, optional, record, type Shape } from "../../model/shape.ts";
import type { Sensitive } from "../../model/sensitive.ts";
import type { GitOpsTarget } from "../../model/system.ts";
import { deploymentWindows } from "../../model/validate/delivery-shapes.ts";
import { namespaceName, webAddress } from "../../model/validate/names.ts";
import { gitOpsTarget } from "../../model/validate/shapes.ts";
import type { DeploymentWindows } from "../../model/windows.ts";
import { anything } from "../shared/arguments.ts";

export interface GitOpsApplicationArgs {
  /** What the tier says about its target. */
  readonly target: GitOpsTarget;
  /** Is it production? Then it is protected, kept on deletion, and by default only signed commits are synced. */
  readonly production: boolean;
  /** When automated syncs may run; a manual one, so a rollback, always may. @default always */
  readonly windows?: DeploymentWindows;
  /** Address that Argo CD clones. @example "https://github.com/TheDataEngineX/DEX.git" */
  readonly repositoryUrl: string;
  /** Namespace of Argo CD itself. @example "argocd" */
  readonly argocdNamespace: string;
  /** Annotations by which the Application is heard of. @default none */
  readonly subscriptions?: Readonly<Record<string, string>>;
  /** GPG key ids whose signatures are accepted; they must be in Argo CD's keyring. Needed where commits must be signed. */
  readonly signatureKeys: readonly string[];
  /** What Argo CD clones with. @default none: the repository is public */
  readonly gitToken?: Sensitive;
  /** What the cluster pulls images with. @default none: the images are public */
  readonly pullSecret?: { readonly host: string; readonly username: string; readonly token: Sensitive };
  /** The user that deploys, where it has a stack's rights only, and the ClusterRole that it binds in the namespace. @default an administrator */
  readonly access?: { readonly role: string; readonly user: string };
}

export const gitOpsApplicationArgs: Shape = object({
  target: gitOpsTarget,
  production: flag,
  windows: optional(deploymentWindows),
  repositoryUrl: webAddress,
  argocdNamespace: (value, path, faults) => (value === "argocd" ? value : namespaceName(value, path, faults)),
  subscriptions: optional(record(anything, anything)),
  signatureKeys: list(anything),
  gitToken: optional(anything),
  pullSecret: optional(object({ host: anything, username: anything, token: anything })),
  access: optional(object({ role: anything, user: anything })),
});

/** Must only signed commits be synced? The default is yes for production. */
export function wantsSignedCommits(target: GitOpsTarget, production: boolean): boolean {
  return target.signedCommits === undefined ? production : target.signedCommits === true;
}
