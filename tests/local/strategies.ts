/** A repository whose overlay is deployed with strategies, as the program declares it to Argo CD. */
import { execFile } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { stringify } from "yaml";
import { applicationSpec, projectSpec } from "../../components/gitops-application/manifests.ts";
import { rolloutManifests } from "../../delivery/strategies.ts";
import type { Strategy } from "../../model/strategy.ts";
import type { GitOpsTarget } from "../../model/system.ts";
import { waveAnnotation, wavesOf } from "../../model/waves.ts";
import { temporaryFolder } from "../support/temporary.ts";
import { ORGANIZATION, type LocalServices } from "./local.ts";

const run = promisify(execFile);

/** What one workload runs: a tag, and what its pods answer. */
export interface Version {
  readonly tag: string;
  readonly answers?: number;
}

export class SteadyRepository {
  readonly name: string;
  readonly target: GitOpsTarget;
  readonly #local: LocalServices;
  readonly #deadline: number;
  #clone = "";

  /** @param workloads Strategies; a name alone is a plain Deployment with two replicas. `deadline`: its seconds. */
  constructor(local: LocalServices, name: string, workloads: readonly (Strategy | string)[], deadline = 600) {
    const strategies = workloads.filter((workload): workload is Strategy => typeof workload !== "string");
    this.#local = local;
    this.#deadline = deadline;
    this.name = name;
    this.plain = workloads.filter((workload) => typeof workload === "string");
    this.target = {
      kind: "argocd",
      application: name,
      namespace: name,
      branch: "main",
      path: "overlay",
      kinds: ["apps/Deployment", "/Service", "argoproj.io/Rollout", "argoproj.io/AnalysisTemplate"],
      ...(strategies.length > 0 && { strategies }),
    };
  }

  readonly plain: readonly string[];

  get url(): string {
    return `${this.#local.endpoints.github.url}/${ORGANIZATION}/${this.name}.git`;
  }

  /** Makes the repository with these versions and the Application, and waits until it is Healthy. */
  async deploy(versions: Readonly<Record<string, Version>>): Promise<void> {
    await this.#local.github("POST", `orgs/${ORGANIZATION}/repos`, { name: this.name, private: true, auto_init: true });
    this.#clone = temporaryFolder("gatehouse-clone-");
    await run("git", ["clone", "--quiet", this.url.replace("://", `://x-access-token:${this.#local.token}@`), this.#clone]);
    await this.push(versions);
    const args = {
      target: this.target,
      production: false,
      repositoryUrl: this.url,
      argocdNamespace: "argocd",
      signatureKeys: [],
    };
    const metadata = { name: this.name, namespace: "argocd" };
    const items = [
      { apiVersion: "v1", kind: "Namespace", metadata: { name: this.name } },
      {
        apiVersion: "v1",
        kind: "Secret",
        metadata: { ...metadata, labels: { "argocd.argoproj.io/secret-type": "repository" } },
        stringData: { type: "git", url: this.url, username: "x-access-token", password: this.#local.token, project: this.name },
      },
      { apiVersion: "argoproj.io/v1alpha1", kind: "AppProject", metadata, spec: projectSpec(args) },
      { apiVersion: "argoproj.io/v1alpha1", kind: "Application", metadata, spec: applicationSpec(args) },
    ];
    await this.#local.kubectl(["apply", "--server-side", "-f", "-"], { apiVersion: "v1", kind: "List", items });
    await this.health("Healthy");
    await this.waitFor(`application/${this.name}`, ".status.sync.status", "Synced", "argocd");
  }

  /** @returns the commit that deploys these versions. */
  async push(versions: Readonly<Record<string, Version>>): Promise<string> {
    for (const [path, text] of Object.entries(this.files(versions))) {
      mkdirSync(dirname(join(this.#clone, path)), { recursive: true });
      writeFileSync(join(this.#clone, path), text);
    }
    await this.#git("add", ".");
    await this.#git("commit", "--quiet", "--no-gpg-sign", "-m", "deploy");
    return await this.#pushed();
  }

  /** Takes the last commit back, as a rollback does. */
  async revert(): Promise<string> {
    await this.#git("revert", "--no-edit", "--no-gpg-sign", "HEAD");
    return await this.#pushed();
  }

  files(versions: Readonly<Record<string, Version>>): Record<string, string> {
    const strategies = this.target.strategies ?? [];
    const waves = wavesOf(strategies);
    const replicas = (workload: string) => strategies.find((strategy) => strategy.workload === workload)?.replicas ?? 2;
    const objects = Object.entries(versions).flatMap(([name, { answers }]) => [
      {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { name, annotations: { [waveAnnotation]: String(waves.get(name) ?? 0) } },
        spec: {
          replicas: replicas(name),
          progressDeadlineSeconds: this.#deadline,
          selector: { matchLabels: { app: name } },
          template: {
            metadata: { labels: { app: name }, ...(answers !== undefined && { annotations: { "gatehouse/answers": String(answers) } }) },
            spec: { containers: [{ name: "app", image: name }] },
          },
        },
      },
      ...[name, `${name}-preview`].map((service) => ({
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: service },
        spec: { selector: { app: name }, ports: [{ port: 80 }] },
      })),
    ]);
    const made = strategies.length > 0;
    const images = Object.entries(versions).map(([name, { tag }]) => ({ name, newName: `registry.invalid/${name}`, newTag: tag }));
    return {
      "overlay/kustomization.yaml": stringify({ resources: ["workloads.yaml", ...(made ? ["rollouts.yaml"] : [])], images }),
      "overlay/workloads.yaml": objects.map((object) => stringify(object)).join("---\n"),
      ...(made && {
        "overlay/rollouts.yaml": rolloutManifests(this.target)
          .map((manifest) => stringify(manifest))
          .join("---\n"),
      }),
    };
  }

  /** Waits until Argo CD says so of the Application. */
  health(status: string): Promise<void> {
    return this.waitFor(`application/${this.name}`, ".status.health.status", status, "argocd");
  }

  /** Waits until Argo CD has seen the commit. */
  revision(commit: string): Promise<void> {
    return this.waitFor(`application/${this.name}`, ".status.sync.revision", commit, "argocd");
  }

  /** Waits until a field has the value; kubectl watches, nothing sleeps. */
  async waitFor(what: string, field: string, value: string, namespace = this.name): Promise<void> {
    await this.#local.kubectl(["wait", what, "-n", namespace, `--for=jsonpath={${field}}=${value}`, "--timeout=120s"]);
  }

  /** Images of the workload's ready pods, each with how often. */
  async serving(workload: string): Promise<Record<string, number>> {
    const { items } = await this.get<{ items: PodObject[] }>("pods", "-l", `app=${workload}`);
    const ready = items.filter(({ status }) => status.conditions?.some((one) => one.type === "Ready" && one.status === "True"));
    const counts: Record<string, number> = {};
    for (const { spec, metadata } of ready) {
      const tag = spec.containers[0]?.image.split(":").at(-1) ?? "";
      if (metadata.deletionTimestamp === undefined) counts[tag] = (counts[tag] ?? 0) + 1;
    }
    return counts;
  }

  async get<T>(...what: readonly string[]): Promise<T> {
    return JSON.parse(await this.#local.kubectl(["get", ...what, "-n", this.name, "-o", "json"])) as T;
  }

  async #pushed(): Promise<string> {
    await this.#git("push", "--quiet");
    return (await this.#git("rev-parse", "HEAD")).stdout.trim();
  }

  #git(...args: string[]) {
    return run("git", ["-c", "user.name=ci", "-c", "user.email=ci@example.invalid", ...args], { cwd: this.#clone });
  }
}

interface PodObject {
  readonly metadata: { readonly deletionTimestamp?: string };
  readonly spec: { readonly containers: readonly { readonly image: string }[] };
  readonly status: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}
