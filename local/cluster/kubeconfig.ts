import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import type { Certificates } from "./certificates.ts";

/** The only context of a local kubeconfig. */
export const CONTEXT = "gatehouse";

/** Argo CD's namespace. The context's default, so that `kubectl get applications` shows what people look for. */
export const ARGOCD_NAMESPACE = "argocd";
export const ROLLOUTS_NAMESPACE = "argo-rollouts";

/** Writes the administrator's kubeconfig, with the certificates inside, readable by the user alone. Untouched when nothing changed. */
export function writeKubeconfig(file: string, port: number, certificates: Certificates): void {
  const embed = (path: string) => readFileSync(path).toString("base64");
  const config = {
    apiVersion: "v1",
    kind: "Config",
    "current-context": CONTEXT,
    clusters: [
      { name: CONTEXT, cluster: { server: `https://127.0.0.1:${port}`, "certificate-authority-data": embed(certificates.authority) } },
    ],
    users: [
      {
        name: "gatehouse-admin",
        user: { "client-certificate-data": embed(certificates.adminCertificate), "client-key-data": embed(certificates.adminKey) },
      },
    ],
    contexts: [{ name: CONTEXT, context: { cluster: CONTEXT, user: "gatehouse-admin", namespace: ARGOCD_NAMESPACE } }],
  };
  // JSON is YAML.
  const text = `${JSON.stringify(config, null, 2)}\n`;
  if (existsSync(file) && readFileSync(file, "utf8") === text) return;
  writeFileSync(`${file}.new`, text, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}
