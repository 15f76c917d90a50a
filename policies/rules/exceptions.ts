/** Exceptions: failures that somebody answers for, until a day. */
import type { Exception, Settings } from "./config.ts";
import type { Result } from "./judge.ts";

/** A result after exceptions: `excepted` is a failure that an exception covers. */
export type Answer = Omit<Result, "verdict"> & { readonly verdict: Result["verdict"] | "excepted"; readonly exception?: Exception };

/**
 * Takes failures that are excepted out. An exception that is over covers nothing and fails itself; so does one that covers nothing any
 * more, since it would cover whatever comes next.
 *
 * @param today `2026-11-21`, in UTC.
 * @param whole Whether these are all results that there are. A part cannot tell what covers nothing, and knows only of its own subjects.
 */
export function applyExceptions(results: readonly Result[], settings: Settings, today: string, whole = true): Answer[] {
  const used = new Set<Exception>();
  const answers = results.map((result): Answer => {
    const candidates = settings[result.rule]?.exceptions ?? [];
    const exception = candidates.find((candidate) => candidate.expires >= today && covers(candidate.subject, result.subject));
    if (exception === undefined) return result;
    // What is not known yet may be what the exception is for.
    if (result.verdict === "fail" || result.verdict === "unknown") used.add(exception);
    if (result.verdict !== "fail") return result;
    return { ...result, verdict: "excepted", exception };
  });
  const left = leftOver(results, settings, used, today);
  if (whole) return [...answers, ...left];
  const isOver = ({ exception }: Answer): boolean => exception !== undefined && exception.expires < today;
  return [...answers, ...left.filter((answer) => isOver(answer) && results.some(({ subject }) => covers(answer.subject, subject)))];
}

function leftOver(results: readonly Result[], settings: Settings, used: ReadonlySet<Exception>, today: string): Answer[] {
  const severities = new Map(results.map(({ rule, severity }) => [rule, severity]));
  return Object.entries(settings).flatMap(([rule, { exceptions = [] }]) =>
    exceptions.flatMap((exception): Answer[] => {
      if (used.has(exception)) return [];
      const { subject, owner, expires } = exception;
      const over = expires < today;
      // A rule that judged nothing in this stack cannot tell whether its exceptions are still needed.
      if (!over && !severities.has(rule)) return [];
      const message = over
        ? `the exception that ${owner} answers for ended on ${expires}`
        : `the exception that ${owner} answers for covers nothing: remove it`;
      return [{ rule, severity: severities.get(rule) ?? "medium", verdict: "fail", subject, message, exception }];
    }),
  );
}

const covers = (pattern: string, subject: string): boolean =>
  new RegExp(
    `^${pattern
      .split("*")
      .map((part) => part.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&"))
      .join(".*")}$`,
  ).test(subject);
