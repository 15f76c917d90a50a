/**
 * Argo CD's globs: `*` and `?` stop at nothing, `[a-z]` and `[!a]` are sets, `{a,b}` is one of several, `\` takes the next character as
 * it is.
 */
export function globMatches(pattern: string, text: string): boolean {
  return globOf(pattern).test(text);
}

function globOf(pattern: string): RegExp {
  let source = "";
  let depth = 0;
  for (let index = 0; index < pattern.length; index += 1) {
    const character = pattern.charAt(index);
    const end = character === "[" ? pattern.indexOf("]", index + 1) : -1;
    if (character === "*") source += ".*";
    else if (character === "?") source += ".";
    else if (end > index) {
      const set = pattern.slice(index + 1, end).replaceAll("\\", "\\\\");
      source += set.startsWith("!") ? `[^${set.slice(1)}]` : `[${set}]`;
      index = end;
    } else if (character === "{") {
      source += "(?:";
      depth += 1;
    } else if (character === "}" && depth > 0) {
      source += ")";
      depth -= 1;
    } else if (character === "," && depth > 0) source += "|";
    else {
      const literal = character === "\\" && index + 1 < pattern.length ? pattern.charAt((index += 1)) : character;
      source += literal.replace(/[\\^$+.()|{}[\]*?]/, String.raw`\$&`);
    }
  }
  // What is left open is taken as nothing that any name matches.
  return depth === 0 ? new RegExp(`^${source}$`, "s") : /$^/;
}
