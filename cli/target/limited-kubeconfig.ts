/** What a stack before production reaches the local cluster with: rights over its own tiers only, given to it by the administrator. */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";

import { apply, kubectl } from "../../local/cluster/kubectl.ts";
import { replaceFile } from "../../local/engine/stacks.ts";
import { accessName, serviceAccountUser } from "../../delivery/argocd-names.ts";
import { stackAccess, type StackAccessOptions } from "../../delivery/stack-access.ts";
import type { StackShare } from "../../model/ownership.ts";
import type { Project } from "../project.ts";

export interface LimitedOptions extends StackAccessOptions {
  /** Path of the program. */
  readonly kubectl: string;
  /** Path of the administrator's. */
  readonly kubeconfig: string;
  readonly context: string;
}

interface Kubeconfig {
  readonly clusters: readonly object[];
  readonly extensions?: readonly { readonly name: string; readonly extension: Made }[];
  readonly [field: string]: unknown;
}

/** Of what a kubeconfig was made, in the file itself: it is replaced as a whole. */
interface Made {
  readonly digest: string;
  /** When the token runs out, in milliseconds. */
  readonly expires: number;
}

const extension = "gatehouse";
const dayMilliseconds = 24 * 60 * 60 * 1_000;
const validDays = 365;
/** A token with less than this left is replaced. */
const leastDays = 30;

/**
 * A kubeconfig for a stack, beside the administrator's. The cluster is asked only when the rights, the cluster itself or its certificates
 * are not those of the last time, or the token runs out.
 *
 * @throws Error in kubectl's words when the administrator cannot give the rights.
 */
export async function limitedKubeconfig(
  project: Project,
  share: StackShare,
  options: LimitedOptions,
): Promise<{ readonly kubeconfig: string; readonly context: string; readonly user: string }> {
  const { stack } = share;
  const { argocdNamespace, context } = options;
  const systems = project.systems.map(({ system }) => system);
  const objects = stackAccess(systems, share, options);
  const administrator = await readFile(options.kubeconfig, "utf8");
  const digest = createHash("sha256").update(JSON.stringify(objects)).update(administrator).digest("hex");
  const file = `${options.kubeconfig}-${stack}`;
  const answer = { kubeconfig: file, context, user: serviceAccountUser(stack, argocdNamespace) };
  const made = await readMade(file);
  if (made?.digest === digest && made.expires - Date.now() > leastDays * dayMilliseconds) return answer;

  const client = { command: options.kubectl, kubeconfig: options.kubeconfig };
  await apply(client, objects);
  const expires = Date.now() + validDays * dayMilliseconds;
  const name = accessName(stack);
  const token = await kubectl(client, ["create", "token", name, "--namespace", argocdNamespace, `--duration=${validDays * 24}h`]);
  const { clusters } = JSON.parse(administrator) as Kubeconfig;
  const [cluster] = clusters as readonly { readonly name: string }[];
  const config = {
    apiVersion: "v1",
    kind: "Config",
    "current-context": context,
    clusters,
    users: [{ name, user: { token: token.trim() } }],
    contexts: [{ name: context, context: { cluster: cluster?.name, user: name, namespace: argocdNamespace } }],
    extensions: [{ name: extension, extension: { digest, expires } satisfies Made }],
  };
  await replaceFile(file, `${JSON.stringify(config, null, 2)}\n`);
  return answer;
}

/** Nothing where there is no file, or one that nobody here wrote. */
async function readMade(file: string): Promise<Made | undefined> {
  try {
    const { extensions } = JSON.parse(await readFile(file, "utf8")) as Kubeconfig;
    return extensions?.find(({ name }) => name === extension)?.extension;
  } catch {
    return undefined;
  }
}
