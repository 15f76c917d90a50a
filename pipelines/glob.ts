/** GitHub's filter patterns for branches, tags and paths: not shell globs, and not regular expressions either. */

/** A pattern that GitHub cannot take, with what is wrong about it. */
export class PatternError extends Error {
  override readonly name = "PatternError";
}

/**
 * Translates one pattern, without a leading `!`, to an anchored regular expression.
 *
 * `*` is any run of characters but `/`; `**` any run; `?` and `+` make the character before them optional or repeatable; `[]` is one
 * character of a list or range; a backslash takes the next character as it is. A leading `**` with its slash, or one after a slash, also
 * stands for no folder at all, so that `**` + `/README.md` finds the one in the root.
 *
 * @throws PatternError if a bracket or a backslash is left open, a range runs backwards, or `?` or `+` has nothing to repeat.
 */
export function patternToRegExp(pattern: string): RegExp {
  let source = "";
  let repeatable = false;
  for (let index = 0; index < pattern.length; index += 1) {
    const character = pattern.charAt(index);
    if (character === "*") {
      if (pattern.charAt(index + 1) !== "*") {
        source += "[^/]*";
      } else if (pattern.charAt(index + 2) === "/" && (index === 0 || pattern.charAt(index - 1) === "/")) {
        source += "(?:.*/)?";
        index += 2;
      } else {
        source += ".*";
        while (pattern.charAt(index + 1) === "*") index += 1;
      }
      repeatable = false;
    } else if (character === "?" || character === "+") {
      if (!repeatable) throw new PatternError(`"${character}" at position ${index + 1} has no character before it to repeat`);
      source += character;
      repeatable = false;
    } else if (character === "[") {
      const list = bracket(pattern, index);
      source += list.source;
      index = list.end;
      repeatable = true;
    } else if (character === "\\") {
      index += 1;
      if (index >= pattern.length) throw new PatternError("a backslash at the end escapes nothing");
      source += literal(pattern.charAt(index));
      repeatable = true;
    } else {
      source += literal(character);
      repeatable = true;
    }
  }
  return new RegExp(`^${source}$`, "su");
}

/** What an ordered list of patterns says about one branch, tag or path: the last pattern that matches wins, and `!` takes away. */
export function matchesPatterns(patterns: readonly string[], name: string): boolean {
  let matched = false;
  for (const pattern of patterns) {
    const negative = pattern.startsWith("!");
    if (patternToRegExp(negative ? pattern.slice(1) : pattern).test(name)) matched = !negative;
  }
  return matched;
}

/** Do these patterns match every name there can be? Only `**` does, and only while nothing is taken away after it. */
export function matchesEverything(patterns: readonly string[]): boolean {
  const last = patterns.lastIndexOf("**");
  return last >= 0 && !patterns.slice(last).some((pattern) => pattern.startsWith("!"));
}

/** Has the pattern no special character, so that it names exactly one branch, tag or path? */
export function isLiteralPattern(pattern: string): boolean {
  return !/[*?+[\]\\!]/u.test(pattern);
}

function bracket(pattern: string, start: number): { source: string; end: number } {
  const end = pattern.indexOf("]", start + 1);
  if (end < 0) throw new PatternError(`"[" at position ${start + 1} is never closed`);
  const body = pattern.slice(start + 1, end);
  if (body === "") throw new PatternError(`"[]" at position ${start + 1} lists no character`);
  for (const [range, from = "", to = ""] of body.matchAll(/(.)-(.)/gsu)) {
    if (from > to) throw new PatternError(`the range "${range}" runs backwards`);
  }
  return { source: `[${body.replace(/[\\^[\]&~|]/gu, "\\$&")}]`, end };
}

function literal(character: string): string {
  return /[\\^$.*+?()[\]{}|/]/u.test(character) ? `\\${character}` : character;
}
