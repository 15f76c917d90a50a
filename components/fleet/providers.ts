import * as docker from "@pulumi/docker";
import * as github from "@pulumi/github";
import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { Sensitive } from "../../model/sensitive.ts";
import type { Stack } from "../../model/stack.ts";
import type { System } from "../../model/system.ts";
import { Directory } from "../shared/directory.ts";

/** Connections of one stack: one GitHub provider per owner, one Kubernetes provider, each made once and only if something needs it. */
export class Providers {
  readonly #stack: Stack;
  readonly #github = new Map<string, { provider: github.Provider; directory: Directory }>();
  #kubernetes: kubernetes.Provider | undefined;
  #registry: docker.Provider | undefined;
  #docker: docker.Provider | undefined;

  constructor(stack: Stack) {
    this.#stack = stack;
  }

  /** Account that really owns a system's repository: the declared one, or the one that the stack puts in its place. */
  ownerOf(system: System): string {
    const { login } = system.repository.owner;
    return this.#stack.github.owners[login] ?? login;
  }

  github(owner: string): { readonly provider: github.Provider; readonly directory: Directory } {
    const key = owner.toLowerCase();
    const known = this.#github.get(key);
    if (known !== undefined) return known;
    const provider = new github.Provider(`github-${key}`, {
      owner,
      baseUrl: this.#stack.github.apiUrl,
      token: pulumi.secret(this.#tokenOf(key).reveal()),
      // The old client sends one request at a time and waits a second after each write.
      legacyClient: false,
    });
    const made = { provider, directory: new Directory(owner, provider) };
    this.#github.set(key, made);
    return made;
  }

  #tokenOf(owner: string): Sensitive {
    const { token, tokens } = this.#stack.github;
    const found = Object.entries(tokens).find(([login]) => login.toLowerCase() === owner)?.[1] ?? token;
    if (found === undefined) throw new Error(`stack ${this.#stack.name} has no token for GitHub: only the foundation declares there`);
    return found;
  }

  kubernetes(): kubernetes.Provider {
    // A rotated token changes a Secret in place: replacing it would leave pods and Argo CD without one for a moment.
    const { kubeconfig, context } = this.#stack.kubernetes;
    this.#kubernetes ??= new kubernetes.Provider("kubernetes", { kubeconfig, context, enableSecretMutable: true });
    return this.#kubernetes;
  }

  /** The stack's Docker host; `undefined` where none is configured. */
  docker(): docker.Provider | undefined {
    const { host } = this.#stack.docker;
    if (host === undefined) return undefined;
    this.#docker ??= new docker.Provider("docker", { host, ...this.#login() });
    return this.#docker;
  }

  registry(): docker.Provider {
    this.#registry ??= new docker.Provider("registry", {
      // Only the registry is asked, so no daemon need run.
      disableDockerDaemonCheck: true,
      ...this.#login(),
    });
    return this.#registry;
  }

  #login(): docker.ProviderArgs {
    const { host, username, token } = this.#stack.registry;
    return token === undefined ? {} : { registryAuth: [{ address: host, username, password: pulumi.secret(token.reveal()) }] };
  }
}
