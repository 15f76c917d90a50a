/** Shell scripts that a job's steps run: their text, and what their functions say of each environment. */
import type { JobFacts, StepFact } from "../../pipelines/index.ts";

/** A text with its place in a file. */
export interface Fragment {
  readonly file: string;
  /** Line of its first line, from 1. */
  readonly line: number;
  readonly text: string;
}

/** What a line of a script says. */
export interface ScriptLine {
  readonly file: string;
  readonly line: number;
  readonly text: string;
}

/** A command that is a script of the repository, or that takes one in; what is only mentioned is neither. */
const SCRIPT =
  /(?:^|[;&|(!]|\b(?:bash|sh|source|exec|then|do|else)(?=\s)|(?<=\s)\.(?=\s))\s*["']?((?:\$\([^)]*\)|\$\{?\w+\}?)?[\w./-]*\/[\w./-]+|[\w-]+\.(?:sh|bash))/gmu;
const FUNCTION = /^(?:function\s+)?(\w+)\s*\(\)\s*\{\s*$/u;

/** The scripts that a step runs, and those that they take in; with the step's own text first. */
export function scriptsOf(workflow: string, step: Pick<StepFact, "run">, files: ReadonlyMap<string, string>): readonly Fragment[] {
  const found: Fragment[] = [];
  const seen = new Set<string>();
  const visit = (fragment: Fragment): void => {
    found.push(fragment);
    for (const path of namedIn(fragment.text, files)) {
      if (seen.has(path)) continue;
      seen.add(path);
      visit({ file: path, line: 1, text: files.get(path) ?? "" });
    }
  };
  if (step.run !== undefined) visit({ file: workflow, line: step.run.line, text: step.run.name });
  return found;
}

/** Files that the commands of a text are, by their path or by the end of it. */
export function namedIn(text: string, files: ReadonlyMap<string, string>): readonly string[] {
  return [...text.replaceAll(/^\s*#.*$/gmu, "").matchAll(SCRIPT)].flatMap(([, name = ""]) => {
    const path = fileNamed(name.replace(/^\$(\([^)]*\)|\{?\w+\}?)/u, ""), files);
    return path !== undefined && (/\.(sh|bash)$/u.test(path) || files.get(path)?.startsWith("#!") === true) ? [path] : [];
  });
}

/** The file that a path in a command means, wherever the command runs: by the whole path or by the end of either. */
export function fileNamed(name: string, files: ReadonlyMap<string, string>): string | undefined {
  const end = name.replace(/^.*\.\.\//u, "").replace(/^\.?\//u, "");
  return [...files.keys()].find((each) => each === end || end.endsWith(`/${each}`) || each.endsWith(`/${end}`));
}

/** Every line that a job's steps may run. */
export function linesOf(workflow: string, job: JobFacts, files: ReadonlyMap<string, string>): readonly ScriptLine[] {
  return job.steps
    .flatMap((step) => scriptsOf(workflow, step, files))
    .flatMap(({ file, line, text }) => text.split("\n").map((each, index) => ({ file, line: line + index, text: each })));
}

/** A function of a script that says one thing for each environment: `case $1 in prod) printf main ;; …`. */
export interface Answer extends ScriptLine {
  readonly function: string;
  /** What it prints. */
  readonly value: string;
}

/** What functions of these lines print for an environment, with `%s` filled in. */
export function answersFor(lines: readonly ScriptLine[], environment: string): readonly Answer[] {
  const found: Answer[] = [];
  let name: string | undefined;
  let judged = false;
  for (const one of lines) {
    const [, begins] = FUNCTION.exec(one.text) ?? [];
    if (begins !== undefined) [name, judged] = [begins, false];
    else if (one.text.startsWith("}")) name = undefined;
    if (name === undefined) continue;
    judged ||= /\bcase\s+"?\$\{?1\}?"?\s+in\b|\b\w+_of\s+"\$1"/u.test(one.text);
    if (!judged) continue;
    const arm = /^\s*([\w\s|*"'-]+)\)\s*(.*)$/u.exec(one.text);
    const applies = arm === null || (arm[1] ?? "").split("|").some((pattern) => pattern.trim().replace(/["']/gu, "") === environment);
    const [, printed] = /\b(?:printf|echo)\s+(?:-n\s+)?["']?([\w./%-]+)["']?(?:\s+"\$1")?\s*(?:;;)?\s*$/u.exec(arm?.[2] ?? one.text) ?? [];
    if (applies && printed !== undefined) found.push({ ...one, function: name, value: printed.replaceAll("%s", environment) });
  }
  return found;
}
