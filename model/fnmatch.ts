/**
 * Ref-name and repository-name patterns as GitHub matches them: Ruby's `File.fnmatch` with `FNM_PATHNAME` and without `FNM_EXTGLOB`.
 *
 * `*` and `?` stop at `/`; a part that is exactly `**` and has a `/` after it stands for any number of parts; `[a-z]`, `[^a]` and `[!a]`
 * are sets; `\` takes the next character as it is; a wildcard does not match a leading dot; braces have no meaning.
 */
export function fnmatch(pattern: string, text: string): boolean {
  return matchParts(pattern.split("/"), text.split("/"), 0, 0, new Map());
}

function matchParts(pattern: readonly string[], text: readonly string[], p: number, t: number, seen: Map<number, boolean>): boolean {
  const key = p * (text.length + 1) + t;
  const known = seen.get(key);
  if (known !== undefined) return known;
  const result = judgeParts(pattern, text, p, t, seen);
  seen.set(key, result);
  return result;
}

function judgeParts(pattern: readonly string[], text: readonly string[], p: number, t: number, seen: Map<number, boolean>): boolean {
  const part = pattern[p];
  const name = text[t];
  if (part === undefined) return name === undefined;
  if (name === undefined) return false;
  if (part === "**" && p < pattern.length - 1) {
    if (matchParts(pattern, text, p + 1, t, seen)) return true;
    return !name.startsWith(".") && matchParts(pattern, text, p, t + 1, seen);
  }
  return matchName(part, name) && matchParts(pattern, text, p + 1, t + 1, seen);
}

/** One part against one name, neither with a `/`. Walks back to the last `*` only, so a hostile pattern costs no more than length squared. */
function matchName(pattern: string, name: string): boolean {
  if (name.startsWith(".") && /^[*?[]/.test(pattern)) return false;
  let p = 0;
  let n = 0;
  let star = -1;
  let starName = 0;
  while (n < name.length) {
    if (pattern[p] === "*") {
      star = p++;
      starName = n;
      continue;
    }
    const next = matchOne(pattern, p, name.charAt(n));
    if (next > p) {
      p = next;
      n++;
    } else if (star >= 0) {
      p = star + 1;
      n = ++starName;
    } else return false;
  }
  while (pattern[p] === "*") p++;
  return p === pattern.length;
}

/** Where the pattern goes on when its element at `p` matches `char`; `p` itself when it does not. */
function matchOne(pattern: string, p: number, char: string): number {
  const element = pattern[p];
  if (element === undefined) return p;
  if (element === "?") return p + 1;
  if (element === "[") return matchSet(pattern, p, char);
  if (element === "\\" && p + 1 < pattern.length) return pattern[p + 1] === char ? p + 2 : p;
  return element === char ? p + 1 : p;
}

/** A set that is not closed matches nothing, as in Ruby. */
function matchSet(pattern: string, open: number, char: string): number {
  let p = open + 1;
  const negated = pattern[p] === "^" || pattern[p] === "!";
  if (negated) p++;
  let found = false;
  while (p < pattern.length && pattern[p] !== "]") {
    let low = pattern.charAt(p);
    if (low === "\\" && p + 1 < pattern.length) low = pattern.charAt(++p);
    p++;
    let high = low;
    if (pattern[p] === "-" && p + 1 < pattern.length && pattern[p + 1] !== "]") {
      p++;
      high = pattern.charAt(p);
      if (high === "\\" && p + 1 < pattern.length) high = pattern.charAt(++p);
      p++;
    }
    if (low <= char && char <= high) found = true;
  }
  if (p >= pattern.length) return open;
  return found !== negated ? p + 1 : open;
}
