/** Scripts that set the tag of an image, and whether they look at the list of banned tags before. */
import { bannedTagsFile } from "../../delivery/overlays.ts";
import { scriptsOf, type Fragment, type ScriptLine } from "../agreement/scripts.ts";
import type { Step } from "../theorem.ts";
import type { ProofSystem } from "../world.ts";

/** Writes a tag into a kustomization, or an image into the cluster. */
const SETS = /s(ub\()?\s*[/|]newTag:|newTag:\s*["']?\s*\$|\.newTag\s*=|\bedit\s+set\s+image\b|\bset\s+image\s+deploy/u;
const FUNCTION = /^(?:function\s+)?(\w+)\s*\(\)\s*\{\s*$/u;

const known = new WeakMap<ProofSystem["files"], readonly Step[]>();

/** Steps of workflows, and scripts that a person runs, that set a tag and never look at the list. */
export function unbannedSetters(system: ProofSystem): readonly Step[] {
  const found = known.get(system.files) ?? findSetters(system);
  known.set(system.files, found);
  return found;
}

function findSetters({ workflows, files }: ProofSystem): readonly Step[] {
  const byWorkflow = workflows.flatMap(({ file, jobs }) =>
    jobs.flatMap((job) => job.steps.map((step) => ({ name: `job ${job.id} of ${file}`, fragments: scriptsOf(file, step, files) }))),
  );
  const byHand = [...files]
    .filter(([file, text]) => /\.(sh|bash)$/u.test(file) && text.startsWith("#!"))
    .map(([file, text]) => ({
      name: file,
      fragments: scriptsOf(file, { run: { name: text, line: 1 } }, files),
    }));
  const found = [...byWorkflow, ...byHand].flatMap(({ name, fragments }): readonly Step[] => {
    const lines = reachable(fragments);
    const sets = lines.find(({ text }) => SETS.test(text));
    if (sets === undefined || lines.some(({ text }) => text.includes(bannedTagsFile))) return [];
    return [{ text: `${name} sets the tag of an image, and never looks at ${bannedTagsFile}`, at: `${sets.file}:${sets.line}` }];
  });
  // A script that a job runs is told of once, as the job.
  return found.filter(({ at }, index) => found.findIndex((one) => one.at === at) === index);
}

/** Lines that run: those outside of functions, and those of functions that they call. */
function reachable(fragments: readonly Fragment[]): readonly ScriptLine[] {
  const functions = new Map<string, ScriptLine[]>();
  const found: ScriptLine[] = [];
  for (const { file, line, text } of fragments) {
    let name: string | undefined;
    for (const [index, each] of text.split("\n").entries()) {
      if (/^\s*#/u.test(each)) continue;
      const one = { file, line: line + index, text: each };
      const [, begins] = FUNCTION.exec(each) ?? [];
      if (begins !== undefined) functions.set((name = begins), []);
      else if (name !== undefined && each.startsWith("}")) name = undefined;
      else if (name === undefined) found.push(one);
      else functions.get(name)?.push(one);
    }
  }
  const called = new Set<string>();
  for (const { text } of found) {
    for (const [word] of text.matchAll(/\w+/gu)) {
      const body = functions.get(word);
      if (body === undefined || called.has(word)) continue;
      called.add(word);
      // Grows while it is walked through: what a function calls is called too.
      found.push(...body);
    }
  }
  return found;
}
