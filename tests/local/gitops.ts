/** A repository with a Kustomize overlay, and the Argo CD objects that deploy it, for tests. */
import { execFile } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { temporaryFolder } from "../support/temporary.ts";
import { ORGANIZATION, type LocalServices } from "./local.ts";

const run = promisify(execFile);

export class DeployedRepository {
  readonly name: string;
  readonly #local: LocalServices;
  #clone = "";

  constructor(local: LocalServices, name: string) {
    this.#local = local;
    this.name = name;
  }

  get url(): string {
    return `${this.#local.endpoints.github.url}/${ORGANIZATION}/${this.name}.git`;
  }

  async create(): Promise<void> {
    await this.#local.github("POST", `orgs/${ORGANIZATION}/repos`, { name: this.name, private: true, auto_init: true });
    this.#clone = temporaryFolder("gatehouse-clone-");
    const withToken = this.url.replace("://", `://x-access-token:${this.#local.token}@`);
    await run("git", ["clone", "--quiet", withToken, this.#clone]);
  }

  /** Commits an overlay with one Deployment of that image tag, without a signature, and pushes it. */
  async push(tag: string): Promise<string> {
    const git = (...args: string[]) =>
      run("git", ["-c", "user.name=ci", "-c", "user.email=ci@example.invalid", ...args], { cwd: this.#clone });
    await git("pull", "--quiet", "--rebase");
    for (const [path, text] of Object.entries(this.files(tag))) {
      mkdirSync(dirname(join(this.#clone, path)), { recursive: true });
      writeFileSync(join(this.#clone, path), text);
    }
    await git("add", ".");
    await git("commit", "--quiet", "--no-gpg-sign", "-m", `deploy ${tag}`);
    await git("push", "--quiet");
    return (await git("rev-parse", "HEAD")).stdout.trim();
  }

  files(tag: string): Record<string, string> {
    return {
      "overlay/kustomization.yaml": `resources: [app.yaml]\nimages: [{ name: app, newName: registry.invalid/app, newTag: ${tag} }]\n`,
      "overlay/app.yaml": JSON.stringify({
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { name: "app" },
        spec: {
          replicas: 2,
          selector: { matchLabels: { app: "app" } },
          template: { metadata: { labels: { app: "app" } }, spec: { containers: [{ name: "app", image: "app" }] } },
        },
      }),
    };
  }

  /** Project, repository credentials and Application, all named for the repository. */
  async deploy(projectFields: object = {}): Promise<void> {
    const { name, url } = this;
    const metadata = (more: object = {}) => ({ name, namespace: "argocd", ...more });
    const destination = { server: "https://kubernetes.default.svc", namespace: name };
    const items = [
      { apiVersion: "v1", kind: "Namespace", metadata: { name } },
      {
        apiVersion: "v1",
        kind: "Secret",
        metadata: metadata({ labels: { "argocd.argoproj.io/secret-type": "repository" } }),
        stringData: { type: "git", url, username: "x-access-token", password: this.#local.token, project: name },
      },
      {
        apiVersion: "argoproj.io/v1alpha1",
        kind: "AppProject",
        metadata: metadata(),
        spec: {
          sourceRepos: [url],
          destinations: [destination],
          namespaceResourceWhitelist: [{ group: "apps", kind: "Deployment" }],
          ...projectFields,
        },
      },
      {
        apiVersion: "argoproj.io/v1alpha1",
        kind: "Application",
        metadata: metadata(),
        spec: {
          project: name,
          destination,
          source: { repoURL: url, path: "overlay", targetRevision: "main" },
          // Without `refresh` Argo CD tries a refused commit five times, for minutes, before it looks at the next one.
          syncPolicy: {
            automated: { prune: true, selfHeal: true },
            retry: { limit: 5, refresh: true, backoff: { duration: "2s", factor: 2, maxDuration: "10s" } },
          },
        },
      },
    ];
    await this.#local.kubectl(["apply", "--server-side", "-f", "-"], { apiVersion: "v1", kind: "List", items });
  }

  /** Waits until the Application's field has the value; kubectl watches, nothing sleeps. */
  async reaches(field: string, value: string, seconds = 60): Promise<void> {
    await this.#local.kubectl(["wait", `application/${this.name}`, `--for=jsonpath={${field}}=${value}`, `--timeout=${seconds}s`]);
  }

  async application(): Promise<ArgoApplication> {
    return JSON.parse(await this.#local.kubectl(["get", "application", this.name, "-o", "json"])) as ArgoApplication;
  }
}

export interface ArgoApplication {
  readonly status: {
    readonly sync: { readonly status: string; readonly revision?: string };
    readonly conditions?: readonly { readonly type: string; readonly message: string }[];
  };
}
