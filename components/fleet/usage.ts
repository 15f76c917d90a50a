/**
 * Whether a system's workflows use what the system declares, and the other way round. GitHub says nothing about any of it: an unknown
 * secret is an empty text, an unknown environment is made on the spot without a rule, a refused action fails its run weeks later.
 */
import type { Fault } from "../../model/fault.ts";
import { isApplicationRule, notificationsEnvironment } from "../../model/notification.ts";
import type { System } from "../../model/system.ts";
import { suggest } from "../../model/text.ts";
import { ANY_MEMBER, factsOf, type JobFacts, type NamedFact, type UsesFact, type WorkflowFacts } from "../../pipelines/index.ts";

/** Workflow files by path. */
type Files = ReadonlyMap<string, string>;
type Report = (file: string, at: string, line: number | undefined, value: unknown, rule: string, fix: string) => void;

/** Faults of environments, secrets, variables and actions that workflows and the declaration do not agree on. */
export function judgeUsage(system: System, files: Files): Fault[] {
  const faults: Fault[] = [];
  const root = `systems/${system.name}`;
  const report: Report = (file, at, line, value, rule, fix) => {
    faults.push({ path: `${system.name}.${at}`, value, rule, fix, file: `${root}/${file}`, ...(line !== undefined && { line }) });
  };
  const workflows = factsOf(files);
  const used: Used = { secrets: new Map(), everything: false };
  for (const workflow of workflows) {
    for (const job of workflow.jobs) judgeJob(system, workflow, job, used, report);
  }
  judgeUnused(system, used, report);
  return faults;
}

/** Which secrets were seen in jobs of which environment; `undefined` stands for jobs without one. */
interface Used {
  readonly secrets: Map<string, Set<string | undefined>>;
  /** A job may use any secret, so none is known to be unused. */
  everything: boolean;
}

function judgeJob(system: System, workflow: WorkflowFacts, job: JobFacts, used: Used, report: Report): void {
  const file = `repository/${workflow.file}`;
  const at = `${workflow.file.slice(workflow.file.lastIndexOf("/") + 1)}.${job.id}`;
  const environments = environmentsOf(system, job);
  if (environments === undefined) {
    const names = system.environments.map(({ name }) => name);
    const { name, line } = job.environment ?? { name: "", line: job.line };
    const rule = "is not declared: GitHub would make the environment on the spot, and any branch could deploy to it";
    report(file, `${at}.environment`, line, name, rule, suggest(name, names));
    return;
  }
  for (const { text, repository, kind, pinned, line } of job.uses)
    judgeUses(system, { text, kind, pinned, line, ...(repository && { repository }) }, file, at, report);
  if (job.inheritsSecrets || [...workflow.secrets, ...job.secrets].some(({ name }) => name === ANY_MEMBER)) used.everything = true;
  // What a called workflow's secrets are, its caller says.
  if (workflow.triggers.some(({ event }) => event === "workflow_call")) {
    used.everything = true;
    return;
  }
  const secretsOf = (list: System["secrets"] = []) => list.map(({ name }) => name);
  const known = [...secretsOf(system.secrets), ...environments.flatMap(({ secrets }) => secretsOf(secrets))];
  for (const { name, line } of namesOf([...workflow.secrets, ...job.secrets])) {
    if (name === "GITHUB_TOKEN") continue;
    const places = used.secrets.get(name) ?? new Set();
    for (const place of environments.length === 0 ? [undefined] : environments.map((environment) => environment.name)) places.add(place);
    used.secrets.set(name, places);
    if (known.includes(name)) continue;
    const where =
      environments.length === 0
        ? "the repository"
        : `${environments.map((environment) => environment.name).join(" or ")}, nor the repository`;
    report(
      file,
      `${at}.secrets.${name}`,
      line,
      undefined,
      `neither ${where} declares this secret: it would be an empty text`,
      suggest(name, known),
    );
  }
  const variables = [...(system.variables ?? []), ...environments.flatMap((environment) => environment.variables ?? [])].map(
    ({ name }) => name,
  );
  for (const { name, line } of namesOf([...workflow.vars, ...job.vars])) {
    if (variables.includes(name)) continue;
    report(
      file,
      `${at}.vars.${name}`,
      line,
      undefined,
      "no such variable is declared: it would be an empty text",
      suggest(name, variables),
    );
  }
}

/** Environments that a job may run in; none for a job without one, all for a name made by an expression, `undefined` for an unknown one. */
function environmentsOf(system: System, job: JobFacts): System["environments"] | undefined {
  const { environment } = job;
  if (environment === undefined) return [];
  if (environment.name.includes("${{")) return system.environments;
  const found = system.environments.find(({ name }) => name.toLowerCase() === environment.name.toLowerCase());
  return found === undefined ? undefined : [found];
}

function namesOf(facts: readonly NamedFact[]): NamedFact[] {
  return facts.filter(({ name }) => name !== ANY_MEMBER);
}

function judgeUses(system: System, uses: UsesFact, file: string, at: string, report: Report): void {
  const { actions, owner } = system.repository;
  const account = uses.repository?.split("/")[0]?.toLowerCase() ?? "";
  if (uses.kind !== "action" && uses.kind !== "workflow") return;
  if (!uses.pinned && (actions.shaPinningRequired ?? true)) {
    const rule = "must be pinned to a full commit SHA: the repository's Actions settings refuse to run anything else";
    report(file, `${at}.uses`, uses.line, uses.text, rule, "pin it, with the version in a comment");
  }
  if (account === owner.login.toLowerCase()) return;
  if (["actions", "github"].includes(account) && (actions.githubOwnedAllowed ?? true)) return;
  if (actions.verifiedAllowed === true || actions.allowedActions.some((pattern) => matches(pattern, uses.text))) return;
  const rule = "is none of repository.actions.allowedActions: GitHub would refuse to run it";
  report(file, `${at}.uses`, uses.line, uses.text, rule, `add "${uses.repository ?? uses.text}@*", or use another action`);
}

function matches(pattern: string, text: string): boolean {
  const expression = pattern.split("*").map((part) => part.replace(/[.\\+^$(){}|[\]?]/g, "\\$&"));
  return new RegExp(`^${expression.join(".*")}$`, "i").test(text);
}

/** A credential that nothing uses only waits to be stolen. */
function judgeUnused(system: System, used: Used, report: Report): void {
  if (used.everything) return;
  const rule = "no workflow uses it: a credential that nothing needs only waits to be stolen";
  for (const [index, { name }] of (system.secrets ?? []).entries()) {
    if (!used.secrets.has(name)) report("system.ts", `secrets[${index}]`, undefined, name, rule, "remove it, here and at GitHub");
  }
  // Argo CD takes the secrets of the channels that hear of Applications from here; the others are used by the workflow that is made.
  const told = (system.notifications ?? []).flatMap((rule) => (isApplicationRule(rule) ? rule.to : []));
  const channelSecrets = new Set(told.map((name) => system.channels?.[name]?.secret));
  for (const [at, environment] of system.environments.entries()) {
    for (const [index, { name }] of (environment.secrets ?? []).entries()) {
      if (used.secrets.get(name)?.has(environment.name) === true) continue;
      if (environment.name === notificationsEnvironment && channelSecrets.has(name)) continue;
      report(
        "system.ts",
        `environments[${at}].secrets[${index}]`,
        undefined,
        name,
        rule,
        "remove it, or use it in a job of this environment",
      );
    }
  }
}
