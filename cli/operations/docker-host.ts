/** Reading one container from a Docker daemon, by its API. */
import { request } from "node:http";

export interface ContainerState {
  /** As the container was made: by digest, where Gatehouse made it. */
  readonly image: string;
  /** `running`, `exited`, … */
  readonly status: string;
  /** `healthy`, `unhealthy`, `starting`; empty where nothing checks it. */
  readonly health: string;
}

interface Inspected {
  readonly Config?: { readonly Image?: string };
  readonly State?: { readonly Status?: string; readonly Health?: { readonly Status?: string } };
}

/**
 * @param host `unix:///…` or `tcp://host:port`; another kind, such as `ssh://`, cannot be asked.
 * @returns `undefined` where the daemon has no such container or cannot be asked.
 */
export async function readContainer(host: string, name: string): Promise<ContainerState | undefined> {
  const address = addressOf(host);
  if (address === undefined) return undefined;
  const text = await get(address, `/containers/${encodeURIComponent(name)}/json`);
  if (text === undefined) return undefined;
  const { Config: config, State: state } = JSON.parse(text) as Inspected;
  return { image: config?.Image ?? "", status: state?.Status ?? "unknown", health: state?.Health?.Status ?? "" };
}

type Address = { readonly socketPath: string } | { readonly host: string; readonly port: number };

function addressOf(host: string): Address | undefined {
  if (host.startsWith("unix://")) return { socketPath: host.slice("unix://".length) };
  const found = /^tcp:\/\/([^:/]+):(\d+)$/.exec(host);
  return found?.[1] === undefined ? undefined : { host: found[1], port: Number(found[2]) };
}

function get(address: Address, path: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const asked = request({ ...address, path, timeout: 10_000 }, (answer) => {
      const parts: Buffer[] = [];
      answer.on("data", (part: Buffer) => parts.push(part));
      answer.on("end", () => {
        resolve(answer.statusCode === 200 ? Buffer.concat(parts).toString("utf8") : undefined);
      });
    });
    asked.on("timeout", () => asked.destroy());
    asked.on("error", () => {
      resolve(undefined);
    });
    asked.end();
  });
}
