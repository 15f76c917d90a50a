/** Is a way of merging left that all rules allow? */
import type { Guard } from "../../policies/rules/branch-guards.ts";
import { github } from "../../policies/rules/declaration.ts";
import type { Step } from "../theorem.ts";
import type { ProofSystem, ProofWorld } from "../world.ts";
import { hasQueue } from "./checks.ts";
import { broken, fine, type Finding } from "./finding.ts";
import { unsignedPushes } from "./proposals.ts";

type Method = "merge" | "squash" | "rebase";
const settings: Readonly<Record<Method, string>> = { merge: "allowMergeCommit", squash: "allowSquashMerge", rebase: "allowRebaseMerge" };

/** @throws UnknownValue */
export function judgeMethods(world: ProofWorld, of: ProofSystem, branch: string, guards: readonly Guard[]): Finding {
  const repository = world.declared
    .all(github("Repository"))
    .find((each) => (each.text("name") ?? each.name) === of.system.repository.name);
  let left: readonly Method[] = ["merge", "squash", "rebase"];
  const steps: Step[] = [];
  const narrow = (allowed: (method: Method) => boolean, text: string, at: string): void => {
    const next = left.filter(allowed);
    if (next.length === left.length) return;
    left = next;
    steps.push({ text, at });
  };
  // GitHub allows all three where nothing is said.
  narrow(
    (method) => repository?.get(settings[method]) !== false,
    "the repository does not allow every method of merging",
    `${repository?.name ?? ""} ${settings.merge}`,
  );
  for (const guard of guards) {
    const { declaration, kind } = guard;
    const allowed = kind === "ruleset" ? declaration.texts("rules.pullRequest.allowedMergeMethods").map((each) => each.toLowerCase()) : [];
    if (allowed.length > 0) {
      narrow(
        (method) => allowed.includes(method),
        `the ruleset allows ${allowed.join(", ")} only`,
        `${declaration.name} rules.pullRequest.allowedMergeMethods`,
      );
    }
    const rule = (ruleset: string, classic: string): string => `${declaration.name} ${kind === "ruleset" ? ruleset : classic}`;
    if (guard.requiresLinearHistory()) {
      narrow(
        (method) => method !== "merge",
        "a linear history takes no merge commit",
        rule("rules.requiredLinearHistory", "requiredLinearHistory"),
      );
    }
    if (guard.requiresSignatures()) {
      // GitHub makes the commits of a rebase anew and cannot sign them for their authors.
      narrow(
        (method) => method !== "rebase",
        "a rebased commit is signed by nobody",
        rule("rules.requiredSignatures", "requireSignedCommits"),
      );
    }
    if (hasQueue(guard)) {
      const method = declaration.text("rules.mergeQueue.mergeMethod")?.toLowerCase() ?? "merge";
      narrow((each) => each === method, `the merge queue merges by ${method}`, `${declaration.name} rules.mergeQueue.mergeMethod`);
    }
  }
  const claim = `a pull request to ${branch} can never be merged`;
  if (left.length === 0) return broken({ claim, steps, fix: "allow one method that all of these allow" });
  const signing = guards.find((guard) => guard.requiresSignatures());
  const [unsigned] = unsignedPushes(of);
  if (signing === undefined || unsigned === undefined || left.includes("squash")) return fine;
  const at = `${signing.declaration.name} ${signing.kind === "ruleset" ? "rules.requiredSignatures" : "requireSignedCommits"}`;
  const refused = { text: `${branch} takes no such commit, and no squash makes one of GitHub's own of it`, at };
  return broken({
    claim,
    steps: [unsigned, refused],
    fix: "make the commit by GitHub's API with the token of an App, which GitHub signs, or allow to squash",
  });
}
