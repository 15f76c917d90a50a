/** The cluster's API as somebody with a kubeconfig of this rig reaches it: one request each, so that a test sees what was asked and answered. */
import { readFile } from "node:fs/promises";
import { request } from "node:https";

export interface ClusterAnswer {
  readonly code: number;
  /** The API server's own words; empty where it answered with an object. */
  readonly message: string;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface ClusterRequest {
  /** Sent as it is: a merge patch unless `type` says otherwise. */
  readonly body?: object;
  readonly type?: "application/merge-patch+json" | "application/apply-patch+yaml" | "application/json";
  readonly headers?: Readonly<Record<string, string>>;
}

interface Kubeconfig {
  readonly clusters: readonly { readonly cluster: { readonly server: string; readonly "certificate-authority-data": string } }[];
  readonly users: readonly { readonly user: { readonly token: string } }[];
}

export class ClusterClient {
  readonly #server: string;
  readonly #authority: Buffer;
  readonly #token: string;

  private constructor(server: string, authority: Buffer, token: string) {
    this.#server = server;
    this.#authority = authority;
    this.#token = token;
  }

  /** @param kubeconfig Path of one whose user has a token. */
  static async open(kubeconfig: string): Promise<ClusterClient> {
    const { clusters, users } = JSON.parse(await readFile(kubeconfig, "utf8")) as Kubeconfig;
    const [first] = clusters;
    const [user] = users;
    if (first === undefined || user === undefined) throw new Error(`${kubeconfig} has no cluster or no user`);
    return new ClusterClient(first.cluster.server, Buffer.from(first.cluster["certificate-authority-data"], "base64"), user.user.token);
  }

  /** Every write is a dry run: it is authorized and admitted as any other, and changes nothing when it gets through. */
  ask(
    method: string,
    path: string,
    { body, type = "application/merge-patch+json", headers = {} }: ClusterRequest = {},
  ): Promise<ClusterAnswer> {
    const url = new URL(path, this.#server);
    if (method !== "GET") url.searchParams.set("dryRun", "All");
    if (type === "application/apply-patch+yaml") {
      url.searchParams.set("fieldManager", "attacker");
      url.searchParams.set("force", "true");
    }
    return new Promise((resolve, reject) => {
      const sent = request(
        url,
        { method, ca: this.#authority, headers: { ...headers, authorization: `Bearer ${this.#token}`, "content-type": type } },
        (answer) => {
          let text = "";
          answer.setEncoding("utf8");
          answer.on("data", (part: string) => (text += part));
          answer.on("end", () => {
            const read = asObject(text);
            resolve({ code: answer.statusCode ?? 0, message: read["kind"] === "Status" ? String(read["message"]) : "", body: read });
          });
        },
      );
      sent.once("error", reject);
      sent.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }

  /** Server-side apply of an object, which makes it where it is not there. Its name and namespace are those of the path. */
  apply(path: string, object: { readonly kind: string; readonly metadata?: object }): Promise<ClusterAnswer> {
    const [, namespace] = /\/namespaces\/([^/]+)\/./.exec(path) ?? [];
    const metadata = { ...object.metadata, name: path.slice(path.lastIndexOf("/") + 1), ...(namespace !== undefined && { namespace }) };
    return this.ask("PATCH", path, { body: { ...object, metadata }, type: "application/apply-patch+yaml" });
  }
}

function asObject(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return { text };
  }
}
