/**
 * An HTTP proxy that answers requests to services of the cluster: `pod-answers.ts PORT API CA CERTIFICATE KEY`. The pods of kwok run
 * nothing, so their answer follows from what the API says of them: 200 where a ready pod is behind the service, 503 where none is, and
 * whatever the annotation `gatehouse/answers` of a pod says.
 *
 * Started without a loader, as the supervisor is.
 */
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { Agent, request } from "node:https";

interface Pod {
  readonly metadata: {
    readonly name: string;
    readonly deletionTimestamp?: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}
interface ServiceObject {
  readonly spec: { readonly selector?: Readonly<Record<string, string>>; readonly ports: readonly { readonly port: number }[] };
}
interface Answer {
  readonly status: number;
  readonly text: string;
}

const ANNOTATION = "gatehouse/answers";
const [port = "", api = "", authority = "", certificate = "", key = ""] = process.argv.slice(2);
const agent = new Agent({ keepAlive: true, ca: readFileSync(authority), cert: readFileSync(certificate), key: readFileSync(key) });
/** Requests so far: the ready pods of a service answer in turn. */
let turn = 0;

createServer((incoming, response) => {
  const reply = ({ status, text }: Answer): void => {
    response.writeHead(status, { "content-type": "text/plain; charset=utf-8" }).end(`${text}\n`);
  };
  if (incoming.url === "/healthz") {
    reply({ status: 200, text: "ok" });
    return;
  }
  answer(incoming.url ?? "").then(reply, (error: unknown) => {
    reply({ status: 502, text: String(error) });
  });
}).listen(Number(port), "127.0.0.1");

for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => process.exit(0));

async function answer(url: string): Promise<Answer> {
  const address = URL.canParse(url) ? new URL(url) : undefined;
  const [, name, namespace] = /^([a-z0-9-]+)\.([a-z0-9-]+)\.svc(?:\.cluster\.local)?$/.exec(address?.hostname ?? "") ?? [];
  if (address === undefined || name === undefined || namespace === undefined)
    return { status: 502, text: `${url} is no service of the cluster: only http://SERVICE.NAMESPACE.svc:PORT/PATH is answered` };
  const service = await get<ServiceObject>(`/api/v1/namespaces/${namespace}/services/${name}`);
  const wanted = Number(address.port || 80);
  if (service?.spec.ports.some((candidate) => candidate.port === wanted) !== true)
    return { status: 502, text: `no service ${name} listens on port ${wanted} in namespace ${namespace}` };
  const selector = Object.entries(service.spec.selector ?? {}).map(([label, value]) => `${label}=${value}`);
  const pods = await get<{ items: Pod[] }>(`/api/v1/namespaces/${namespace}/pods?labelSelector=${encodeURIComponent(selector.join())}`);
  const ready = (selector.length === 0 ? [] : (pods?.items ?? [])).filter(isReady);
  const pod = ready[turn % Math.max(ready.length, 1)];
  turn += 1;
  if (pod === undefined) return { status: 503, text: `no pod behind ${name} is ready` };
  return { status: Number(pod.metadata.annotations?.[ANNOTATION] ?? 200), text: `answered for ${pod.metadata.name}` };
}

function isReady({ metadata, status }: Pod): boolean {
  return (
    metadata.deletionTimestamp === undefined && status?.conditions?.some((one) => one.type === "Ready" && one.status === "True") === true
  );
}

/** What the API server answers; `undefined` for 404. */
function get<T>(path: string): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const outgoing = request(new URL(path, api), { agent, timeout: 5000 }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.once("error", reject);
      response.once("end", () => {
        const text = Buffer.concat(chunks).toString();
        if (response.statusCode === 200) resolve(JSON.parse(text) as T);
        else if (response.statusCode === 404) resolve(undefined);
        else reject(new Error(`GET ${path} answered ${response.statusCode ?? "nothing"}`));
      });
    });
    outgoing.once("timeout", () => outgoing.destroy(new Error(`GET ${path} was not answered within 5 s`)));
    outgoing.once("error", reject);
    outgoing.end();
  });
}
