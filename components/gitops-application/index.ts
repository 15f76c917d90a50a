import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { pullSecretName, repositorySecretName } from "../../delivery/argocd-names.ts";
import { checkArguments, type Token } from "../shared/arguments.ts";
import { gitOpsApplicationArgs, wantsSignedCommits, type GitOpsApplicationArgs } from "./args.ts";
import { applicationSpec, projectSpec } from "./manifests.ts";

export type { GitOpsApplicationArgs } from "./args.ts";

const token: Token = "gatehouse:argocd:GitOpsApplication";
const argoproj = "argoproj.io/v1alpha1";

/**
 * An Argo CD Application in an AppProject of its own, its namespace, and the credentials that both need.
 *
 * Needs Argo CD 3.5 (sync overrun, source integrity). A production tier is protected and stays in the cluster when it leaves the stack;
 * any other takes what it deployed with it, in the background, since a foreground deletion waits for Argo CD without an end.
 */
export class GitOpsApplication extends pulumi.ComponentResource {
  readonly namespace: kubernetes.core.v1.Namespace;
  readonly application: kubernetes.apiextensions.CustomResource;

  /**
   * @param name Unique among the Applications of the stack.
   * @throws FaultsError with every fault of the arguments; nothing is registered then.
   */
  constructor(name: string, args: GitOpsApplicationArgs, opts?: pulumi.ComponentResourceOptions) {
    checkArguments(token, name, gitOpsApplicationArgs, args, (faults) => {
      if (!wantsSignedCommits(args.target, args.production) || args.signatureKeys.length > 0) return;
      const rule = "must name a key: without one Argo CD accepts every commit, signed or not";
      faults.push({
        path: "signatureKeys",
        value: [],
        rule,
        fix: "set gatehouse:argocd.signatureKeys, or signedCommits: null on the target",
      });
    });
    const { target, production, argocdNamespace } = args;
    const { application, namespace, branch, path } = target;
    super(token, name, { application, namespace, branch, path, production }, opts);

    const kept = { parent: this, ...(production && { protect: true, retainOnDelete: true }) };
    this.namespace = new kubernetes.core.v1.Namespace(name, { metadata: { name: namespace } }, kept);
    const credentials = [...this.#pullSecret(name, args), ...this.#repositorySecret(name, args)];
    // Edits by people in Argo CD's web page take over fields; the declaration takes them back instead of failing on the conflict.
    const annotations = { "pulumi.com/patchForce": "true" };
    const project = new kubernetes.apiextensions.CustomResource(
      name,
      {
        apiVersion: argoproj,
        kind: "AppProject",
        metadata: { name: application, namespace: argocdNamespace, annotations },
        spec: projectSpec(args),
      },
      kept,
    );
    this.application = new kubernetes.apiextensions.CustomResource(
      name,
      {
        apiVersion: argoproj,
        kind: "Application",
        metadata: {
          name: application,
          namespace: argocdNamespace,
          annotations: { ...annotations, ...args.subscriptions },
          ...(!production && { finalizers: ["resources-finalizer.argocd.argoproj.io/background"] }),
        },
        spec: applicationSpec(args),
      },
      { ...kept, dependsOn: [project, this.namespace, ...credentials] },
    );
    this.registerOutputs({ application, namespace });
  }

  /** What the cluster pulls images with, in the namespace. A classic token: GitHub's registry refuses tokens of Apps. */
  #pullSecret(name: string, { pullSecret, production, access }: GitOpsApplicationArgs): pulumi.Resource[] {
    if (pullSecret === undefined) return [];
    // A namespace that was just made gives nobody but administrators a right: who has the rights of a stack takes them there.
    const rights = access === undefined ? [] : [this.#takeRights(name, access)];
    const { host, username } = pullSecret;
    const password = pullSecret.token.reveal();
    const auth = Buffer.from(`${username}:${password}`).toString("base64");
    return [
      new kubernetes.core.v1.Secret(
        `${name}-pull`,
        {
          metadata: { name: pullSecretName, namespace: this.namespace.metadata.name },
          type: "kubernetes.io/dockerconfigjson",
          stringData: { ".dockerconfigjson": pulumi.secret(JSON.stringify({ auths: { [host]: { username, password, auth } } })) },
        },
        { ...this.#held(production), dependsOn: rights },
      ),
    ];
  }

  #takeRights(name: string, { role, user }: NonNullable<GitOpsApplicationArgs["access"]>): pulumi.Resource {
    const apiGroup = "rbac.authorization.k8s.io";
    return new kubernetes.rbac.v1.RoleBinding(
      name,
      {
        metadata: { name: role, namespace: this.namespace.metadata.name },
        roleRef: { apiGroup, kind: "ClusterRole", name: role },
        subjects: [{ apiGroup, kind: "User", name: user }],
      },
      { parent: this },
    );
  }

  /** Scoped to the AppProject, so that no other project can clone with it. */
  #repositorySecret(
    name: string,
    { gitToken, repositoryUrl, argocdNamespace, target, production }: GitOpsApplicationArgs,
  ): pulumi.Resource[] {
    if (gitToken === undefined) return [];
    return [
      new kubernetes.core.v1.Secret(
        `${name}-repository`,
        {
          metadata: {
            name: repositorySecretName(target.application),
            namespace: argocdNamespace,
            labels: { "argocd.argoproj.io/secret-type": "repository" },
          },
          stringData: {
            type: "git",
            url: repositoryUrl,
            project: target.application,
            username: "x-access-token",
            password: pulumi.secret(gitToken.reveal()),
          },
        },
        this.#held(production),
      ),
    ];
  }

  /** A run that was not given a token would delete production's credentials; protected, it is refused instead. */
  #held(production: boolean): pulumi.CustomResourceOptions {
    return { parent: this, protect: production };
  }
}
