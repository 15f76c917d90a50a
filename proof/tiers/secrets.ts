/** Which jobs read the secrets of a tier, and which cloud takes them for whom. */
import type { Environment, Tier } from "../../model/system.ts";
import { github, type Declaration } from "../../policies/rules/declaration.ts";
import { deployRefsOf, environmentOf, waitsForReviewer } from "../graph/environment.ts";
import { guardsOf } from "../graph/gate.ts";
import { isTagGuarded, nameLike } from "../graph/tags.ts";
import type { Counterexample } from "../theorem.ts";
import type { ProofSystem, ProofWorld } from "../world.ts";
import { assumed, broken, fine, together, type Finding } from "../gates/finding.ts";

/** @throws UnknownValue */
export function judgeSecrets(world: ProofWorld, of: ProofSystem, tier: Tier): Finding {
  const environments = of.system.environments.filter((each) => each.tier === tier.name);
  return together([
    ...environments.map((environment) => judgeScope(world, of, environment)),
    ...(tier.production === true ? [judgeRepository(world, of, tier, environments)] : []),
    judgeTrust(world, of, tier, environments),
    judgePull(world, tier),
  ]);
}

/** An environment gives its secrets to whatever job names it, so who may write such a job reads them. */
function judgeScope(world: ProofWorld, of: ProofSystem, { name }: Environment): Finding {
  const environment = environmentOf(world, of, name);
  const secrets = world.of(github("ActionsEnvironmentSecret"), of.repository).filter((each) => each.text("environment") === name);
  const [secret] = secrets;
  if (environment === undefined || secret === undefined || waitsForReviewer(environment)) return fine;
  for (const { kind, pattern, at } of deployRefsOf(world, of, environment)) {
    if (!isAnybodys(world, of, kind, pattern)) continue;
    const steps = [
      { text: `anybody who may push starts a job of their own at ${kind === "any" ? "any branch" : `a ${kind} like ${pattern}`}`, at },
      {
        text: `it uses environment ${name}, which waits for nobody, and reads secret ${secret.text("secretName") ?? ""}`,
        at: `${environment.name} reviewers`,
      },
    ];
    const claim = `a job that nobody has looked at reads the secrets of environment ${name}`;
    return broken({ claim, steps, fix: "let only guarded branches deploy to the environment, or have somebody approve its jobs" });
  }
  return fine;
}

function isAnybodys(world: ProofWorld, of: ProofSystem, kind: "branch" | "tag" | "any", pattern: string): boolean {
  if (kind === "any") return true;
  if (kind === "tag") return !isTagGuarded(world, of, pattern);
  return !guardsOf(world, of, nameLike(pattern)).some((guard) => guard.requiresPullRequest());
}

/** A secret of the repository or the organization reaches every job of it, whatever it deploys to. */
function judgeRepository(world: ProofWorld, of: ProofSystem, tier: Tier, environments: readonly Environment[]): Finding {
  const names = new Set(environments.map(({ name }) => name.toLowerCase()));
  const all = [...world.of(github("ActionsSecret"), of.repository), ...world.declared.all(github("ActionsOrganizationSecret"))];
  return together(
    all.map((secret) => {
      const name = secret.text("secretName") ?? secret.name;
      const used = of.workflows.flatMap(({ file, jobs }) =>
        jobs.flatMap((job) => {
          const by = job.secrets.find((each) => each.name === name.toUpperCase());
          return by !== undefined && names.has(job.environment?.name.toLowerCase() ?? "")
            ? [{ at: `${file}:${by.line}`, job: job.id }]
            : [];
        }),
      );
      const [first] = used;
      if (first === undefined)
        return assumed(`secret ${name}, which every job of ${of.repository} may read, opens nothing of ${tier.name}`);
      const steps = [
        { text: `the job ${first.job} deploys to ${tier.name} with secret ${name}`, at: first.at },
        { text: "it is no environment's, so every job of every branch reads it", at: `${secret.name} secretName` },
      ];
      return broken({
        claim: `a job of another tier reads what opens ${tier.name}`,
        steps,
        fix: `make it a secret of an environment of ${tier.name}`,
      });
    }),
  );
}

/** A cloud tells tiers apart by the subject of the token alone, and by which credential trusts it. */
function judgeTrust(world: ProofWorld, of: ProofSystem, tier: Tier, environments: readonly Environment[]): Finding {
  const credentials = environments.flatMap(({ trustedBy = [], name }) =>
    trustedBy.flatMap((by) => (by.kind === "azure" ? [{ by, name }] : [])),
  );
  if (credentials.length === 0) return fine;
  const counterexamples: Counterexample[] = [];
  const claim = `the cloud takes a job of another tier for one of ${tier.name}`;
  for (const template of world.of(github("ActionsRepositoryOidcSubjectClaimCustomizationTemplate"), of.repository)) {
    const claims = template.texts("includeClaimKeys");
    if (template.flag("useDefault") || claims.some((each) => each === "context" || each === "environment")) continue;
    const text = "the subject of a job's token does not say which environment it is for";
    counterexamples.push({ claim, steps: [{ text, at: `${template.name} includeClaimKeys` }], fix: "add the claim context" });
  }
  for (const { by, name } of credentials) {
    const shared = of.system.environments.find(
      (each) =>
        each.tier !== tier.name && (each.trustedBy ?? []).some((other) => other.kind === "azure" && other.credential === by.credential),
    );
    if (shared === undefined) continue;
    const text = `credential ${by.credential} trusts environment ${shared.name} as it does ${name}`;
    counterexamples.push({
      claim,
      steps: [{ text, at: `environment ${shared.name} trustedBy` }],
      fix: "give each tier a credential of its own",
    });
  }
  return { counterexamples, assumptions: [] };
}

/** Each namespace holds its own copy of a registry's token; whether it is another token nobody can see. */
function judgePull(world: ProofWorld, tier: Tier): Finding {
  const namespace = tier.target?.kind === "argocd" ? tier.target.namespace : undefined;
  const pulls = (secret: Declaration): boolean =>
    secret.text("type") === "kubernetes.io/dockerconfigjson" && secret.text("metadata.namespace") === namespace;
  if (namespace === undefined || !world.declared.all("kubernetes:core/v1:Secret").some(pulls)) return fine;
  return assumed(`the registry's token in namespace ${namespace} may read packages and nothing else`);
}
