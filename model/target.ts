/** Telling targets apart, also half-judged ones. */

/** The target when it is an Argo CD Application. */
export function argocdTarget<T extends { readonly kind?: string | undefined }>(
  target: T | undefined,
): Extract<T, { readonly kind?: "argocd" | undefined }> | undefined {
  return target?.kind === "argocd" ? (target as Extract<T, { readonly kind?: "argocd" | undefined }>) : undefined;
}

/** The target when it is a container on a Docker host. */
export function dockerTarget<T extends { readonly kind?: string | undefined }>(
  target: T | undefined,
): Extract<T, { readonly kind?: "docker" | undefined }> | undefined {
  return target?.kind === "docker" ? (target as Extract<T, { readonly kind?: "docker" | undefined }>) : undefined;
}
