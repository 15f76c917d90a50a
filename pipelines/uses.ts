/** What a `uses:` means, and whether it can change under one's feet. */

export interface Uses {
  /** The text as written. */
  readonly text: string;
  /** `workflow` is a reusable one of another repository; `local` is an action or a workflow of this repository. */
  readonly kind: "action" | "workflow" | "local" | "docker";
  /** `owner/repository` of an action or a workflow. */
  readonly repository?: string;
  /** Folder or file inside of that repository. */
  readonly path?: string;
  /** Commit, tag or branch; of a Docker image its tag or digest. */
  readonly ref?: string;
  /** A full commit SHA or an image digest. What is local comes with the commit itself. */
  readonly pinned: boolean;
}

/** Full SHA-1 or SHA-256 of a commit. */
const COMMIT = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/u;

export function parseUses(text: string): Uses {
  if (/^[.$]\//u.test(text)) return { text, kind: "local", path: text.slice(2), pinned: true };
  if (text.startsWith("docker://")) {
    const image = text.slice("docker://".length);
    const digest = /@(sha256:[0-9a-f]{64})$/u.exec(image)?.[1];
    const tag = /:([^/:]+)$/u.exec(image)?.[1];
    const ref = digest ?? tag;
    return { text, kind: "docker", ...(ref === undefined ? {} : { ref }), pinned: digest !== undefined };
  }
  const [name = "", ref] = text.split("@");
  const [owner = "", repository = "", ...path] = name.split("/");
  const file = path.join("/");
  return {
    text,
    kind: /^\.github\/workflows\/[^/]+\.ya?ml$/u.test(file) ? "workflow" : "action",
    repository: `${owner}/${repository}`,
    ...(file === "" ? {} : { path: file }),
    ...(ref === undefined ? {} : { ref }),
    pinned: ref !== undefined && COMMIT.test(ref),
  };
}
