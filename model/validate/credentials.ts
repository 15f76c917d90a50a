import { members } from "../shape.ts";
import type { Judged } from "./report.ts";

/**
 * Names of long-lived credentials whose place OpenID Connect takes: whoever gets one uses it from anywhere until somebody notices, while a
 * job's token ends with the job and is good for one environment. https://docs.github.com/actions/concepts/security/openid-connect
 */
const replaceable: readonly { readonly name: RegExp; readonly cloud: string; readonly fix: string }[] = [
  {
    name: /(^|_)(AZURE|ARM|AAD|AKS)_(.*_)?(CLIENT_SECRET|CREDENTIALS?|PASSWORD|KUBECONFIG)$/,
    cloud: "Azure",
    fix: 'remove it; use azure/login with client-id, tenant-id and subscription-id, and declare trustedBy: [{ kind: "azure", … }]',
  },
  {
    name: /(^|_)AWS_(.*_)?(ACCESS_KEY_ID|SECRET_ACCESS_KEY|SECRET_KEY|SESSION_TOKEN)(_|$)/,
    cloud: "AWS",
    fix: "remove it; use aws-actions/configure-aws-credentials with role-to-assume",
  },
  {
    name: /(^|_)(GOOGLE|GCP|GCLOUD|GKE)_(.*_)?(CREDENTIALS?|SA_KEY|SERVICE_KEY|SERVICE_ACCOUNT_KEY|KEY_JSON)$/,
    cloud: "Google Cloud",
    fix: "remove it; use google-github-actions/auth with workload_identity_provider",
  },
  {
    name: /(^|_)(TEST_?)?PYPI_(.*_)?(TOKEN|PASSWORD)(_|$)|^(TWINE|UV_PUBLISH)_PASSWORD$|^UV_PUBLISH_TOKEN$/,
    cloud: "PyPI",
    fix: 'remove it; publish by trusted publishing, and declare trustedBy: [{ kind: "pypi", … }]',
  },
];

/** Refuses secrets that are long-lived keys of a cloud or of PyPI. */
export function judgeCredentials(judged: Judged): void {
  const { system, report } = judged;
  const lists = [
    ["secrets", system.secrets] as const,
    ...[...members(system.environments)].map(([index, { secrets }]) => [`environments[${index}].secrets`, secrets] as const),
  ];
  for (const [path, secrets] of lists) {
    for (const [index, { name }] of members(secrets)) {
      const found = name === undefined ? undefined : replaceable.find((credential) => credential.name.test(name.toUpperCase()));
      if (found === undefined) continue;
      const rule = `is a long-lived credential of ${found.cloud}, which trusts a job's OpenID Connect token instead`;
      report(`${path}[${index}].name`, name, rule, found.fix);
    }
  }
}
