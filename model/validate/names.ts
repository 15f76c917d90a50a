/** Names and short texts with rules of GitHub, Git, Kubernetes and Argo CD. Each rule says whose it is. */
import { pattern, text, type Shape } from "../shape.ts";

const dnsLabel = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

export const systemName: Shape = pattern(
  "lower case letters, digits and -, beginning with a letter, at most 39 characters",
  /^[a-z][a-z0-9-]{0,38}$/,
);
export const tierName = systemName;
export const login: Shape = pattern(
  "a GitHub login: letters, digits and single inner hyphens, at most 39 characters",
  /^[a-z\d](?:[a-z\d]|-(?=[a-z\d])){0,38}$/i,
);
export const teamSlug: Shape = pattern(
  "a team's slug: lower case letters, digits, - and _",
  /^[a-z0-9_][a-z0-9_-]*$/,
  "take it from the team's address",
);
export const repositoryName: Shape = text(
  "a repository name: letters, digits, ., - and _, at most 100 characters, not ending in .git or .wiki",
  (value) => /^[\w.-]{1,100}$/.test(value) && !/\.(git|wiki)$/i.test(value) && !/^\.{1,2}$/.test(value),
);
export const topic: Shape = pattern("a topic: lower case letters, digits and -, at most 50 characters", /^[a-z0-9][a-z0-9-]{0,49}$/);
export const color: Shape = pattern("six hexadecimal digits without #", /^[0-9a-f]{6}$/i, 'write it as in "d73a4a"');
export const webAddress: Shape = text("an http or https address", (value) => /^https?:\/\/\S+$/.test(value) && URL.canParse(value));
export const autolinkPrefix: Shape = pattern("an autolink prefix: letters, digits, -, _ or #, and no blanks", /^[A-Za-z0-9][\w#-]{0,31}$/);
export const autolinkUrl: Shape = text("an http or https address that contains <num>", (value) => /^https?:\/\/\S*<num>\S*$/.test(value));
export const allowedAction: Shape = pattern(
  "an action pattern owner/repository@ref, or owner/*, with a named owner",
  /^[A-Za-z\d][\w-]*\/(\*|[\w.*/-]+@[\w.*/-]+)$/,
  'name the owner and the repository, as in "docker/build-push-action@*"',
);

/** https://git-scm.com/docs/git-check-ref-format, and no wildcards. */
export const branchName: Shape = text(
  "a branch name that git accepts, without wildcards",
  (value) =>
    value.length <= 244 &&
    /^[^\s~^:?*[\\\p{Cc}]+$/u.test(value) &&
    !/\.\.|@\{|\/\/|^[-/]|[/.]$|(^|\/)\.|\.lock(\/|$)|^@$/.test(value) &&
    value !== "HEAD",
);
/** Branch or tag, with fnmatch wildcards. */
export const refPattern: Shape = text(
  "a pattern of branch or tag names: no blanks, not a * alone",
  (value) => /^[^\s~^:\\\p{Cc}]{1,244}$/u.test(value) && !/^\*+$/.test(value) && !/\.\.|^[-/]|[/]$/.test(value),
  "write a pattern that names what may match, such as v*",
);
export const workflowFile: Shape = pattern(
  "the name of a file in .github/workflows, ending in .yml or .yaml",
  /^[^/\\\s][^/\\]*\.ya?ml$/,
  "write the file's name without its folder",
);
export const jobId: Shape = pattern("a job's id: letters, digits, - and _, beginning with a letter or _", /^[A-Za-z_][\w-]*$/);
/** The name `repository` is taken: it stands for secrets of the repository itself in the stack's configuration. */
export const environmentName: Shape = text(
  "an environment's name: 1 to 255 characters, no control characters, no blanks at its ends, and not the word repository",
  (value) => value.length > 0 && value.length <= 255 && value.trim() === value && !/\p{Cc}/u.test(value) && value !== "repository",
);
/** https://docs.github.com/actions/security-guides/using-secrets-in-github-actions: names are not case-sensitive; we write one way. */
export const secretName: Shape = text(
  "a name of upper case letters, digits and _, not beginning with a digit or with GITHUB_",
  (value) => /^[A-Z_][A-Z0-9_]*$/.test(value) && !value.startsWith("GITHUB_"),
);
export const variableValue: Shape = text("text of at most 48 KB", (value) => Buffer.byteLength(value) <= 48 * 1024);
export const packageName: Shape = pattern(
  "an image name: lower case letters, digits, and single . _ - or / inside",
  /^[a-z0-9]+([._/-][a-z0-9]+)*$/,
);
export const imageTag: Shape = pattern("an image tag: letters, digits, _, . and -, at most 128 characters", /^\w[\w.-]{0,127}$/);
export const imageTagPattern: Shape = pattern("an image tag or a pattern of tags", /^[\w*][\w.*-]{0,127}$/);

export const applicationName: Shape = pattern("an Application's name: a DNS label", dnsLabel);
export const namespaceName: Shape = text(
  "a Kubernetes namespace: a DNS label, and none of the cluster's own",
  (value) => dnsLabel.test(value) && value !== "default" && value !== "argocd" && !value.startsWith("kube-"),
  "give the Application a namespace of its own",
);
export const folderPath: Shape = text(
  "a folder relative to the repository's root, without .. and without a slash at either end",
  (value) =>
    /^[^\s/]\P{Cc}*$/u.test(value) &&
    !value.endsWith("/") &&
    !value.split("/").some((part) => part === ".." || part === "." || part === ""),
);
export const kind: Shape = pattern(
  "a kind as group/Kind, or /Kind of the core group, without wildcards",
  /^[a-z0-9.-]*\/[A-Z][A-Za-z0-9]*$/,
  'write it as in "apps/Deployment" or "/Service"',
);
export const timeZone: Shape = text("an IANA time zone", isTimeZone, 'write it as in "UTC" or "Europe/Berlin"');

function isTimeZone(value: string): boolean {
  // Offsets such as "+02:00" are time zones to Intl, but not to Go, which reads the window.
  if (!/^[A-Za-z]/.test(value)) return false;
  try {
    new Intl.DateTimeFormat("en", { timeZone: value });
    return true;
  } catch {
    return false;
  }
}
