/** Starts all local services for tests, with one organization and one account that owns it. */
import { join } from "node:path";
import { localReset, localUp, type LocalEndpoints, type LocalEvent } from "../../local/index.ts";
import { kubectl } from "../../local/cluster/kubectl.ts";
import { temporaryFolder } from "../support/temporary.ts";

export const ORGANIZATION = "delivery-tests";
const TOKEN = "ghp_local_services_tests_operator";
export const IMAGES = [
  { repository: "delivery-tests/app", tags: ["sha-00000001", "dev"] },
  { repository: "delivery-tests/app", tags: ["sha-00000002", "latest"] },
];

export class LocalServices {
  /** Deeper than the path of a socket may be. */
  readonly stateDir = join(temporaryFolder("gatehouse-test-"), "checkout-in-a-folder-with-a-long-name/".repeat(3), ".gatehouse");
  readonly token = TOKEN;
  #endpoints: LocalEndpoints | undefined;

  get endpoints(): LocalEndpoints {
    if (!this.#endpoints) throw new Error("the local services were not started");
    return this.#endpoints;
  }

  /** @returns what was reported meanwhile. */
  async up(): Promise<LocalEvent[]> {
    const events: LocalEvent[] = [];
    this.#endpoints = await localUp({
      stateDir: this.stateDir,
      world: {
        organizations: [{ login: ORGANIZATION, plan: "team", members: [{ login: "owner", role: "admin" }] }],
        users: [{ login: "owner" }],
        tokens: [{ token: TOKEN, login: "owner", scopes: ["repo", "admin:org", "workflow", "delete_repo"] }],
      },
      images: IMAGES,
      report: (event) => events.push(event),
    });
    return events;
  }

  async remove(): Promise<void> {
    await localReset(this.stateDir, () => undefined);
  }

  kubectl(args: readonly string[], input?: object): Promise<string> {
    const client = { command: join(this.stateDir, "bin", "kubectl"), kubeconfig: this.endpoints.kubernetes.kubeconfig };
    return kubectl(client, args, input && JSON.stringify(input));
  }

  async github<T>(method: string, path: string, body?: object): Promise<T> {
    const response = await fetch(new URL(path, this.endpoints.github.apiUrl), {
      method,
      headers: { authorization: `Bearer ${TOKEN}`, accept: "application/vnd.github+json", "content-type": "application/json" },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
    return (text === "" ? undefined : JSON.parse(text)) as T;
  }
}
