import { expect } from "chai";
import fc from "fast-check";
import { fnmatch } from "../../model/fnmatch.ts";

/** An independent judge: the pattern as a regular expression, built element by element. */
function reference(pattern: string, text: string): boolean {
  let source = "^";
  const parts = pattern.split("/");
  parts.forEach((part, index) => {
    const last = index === parts.length - 1;
    if (part === "**" && !last) {
      source += "(?:(?!\\.)[^/]*/)*";
      return;
    }
    if (/^[*?[]/.test(part)) source += "(?!\\.)";
    for (let at = 0; at < part.length; at++) {
      const char = part.charAt(at);
      const set = /^\[([!^]?)([a-z](?:-[a-z])?[a-z]*)\]/.exec(part.slice(at));
      if (char === "*") source += "[^/]*";
      else if (char === "?") source += "[^/]";
      else if (set) {
        source += `[${set[1] ? "^/" : ""}${String(set[2])}]`;
        at += set[0].length - 1;
      } else source += char.replace(/[.\\+^$(){}|[\]-]/g, "\\$&");
    }
    if (!last) source += "/";
  });
  return new RegExp(`${source}$`).test(text);
}

describe("ref-name patterns", () => {
  const cases: readonly (readonly [string, string, boolean])[] = [
    ["refs/heads/main", "refs/heads/main", true],
    ["refs/heads/main", "refs/heads/Main", false],
    ["refs/heads/release/*", "refs/heads/release/1.0", true],
    ["refs/heads/release/*", "refs/heads/release/1.0/fix", false],
    ["refs/heads/*", "refs/heads/qa/foo", false],
    ["refs/heads/qa/**/*", "refs/heads/qa/foo", true],
    ["refs/heads/qa/**/*", "refs/heads/qa/foo/bar/foobar/hello-world", true],
    ["refs/heads/**/*", "refs/heads/main", true],
    ["refs/heads/**", "refs/heads/a/b", false],
    ["refs/tags/v[0-9]*", "refs/tags/v1.2.3", true],
    ["refs/tags/v[0-9]*", "refs/tags/version", false],
    ["refs/tags/v[^0-9]*", "refs/tags/version", true],
    ["refs/heads/{a,b}", "refs/heads/a", false],
    ["refs/heads/{a,b}", "refs/heads/{a,b}", true],
    ["refs/heads/a?c", "refs/heads/abc", true],
    ["refs/heads/a?c", "refs/heads/a/c", false],
    ["refs/heads/\\*", "refs/heads/*", true],
    ["refs/heads/\\*", "refs/heads/a", false],
    ["refs/heads/[a", "refs/heads/a", false],
    ["*", ".github", false],
  ];
  for (const [pattern, text, expected] of cases) {
    it(`${pattern} ${expected ? "matches" : "does not match"} ${text}`, () => {
      expect(fnmatch(pattern, text)).to.equal(expected);
    });
  }

  const element = fc.constantFrom(
    "a",
    "b",
    "c",
    ".",
    "-",
    "*",
    "**",
    "?",
    "/",
    "**/",
    "[ab]",
    "[^a]",
    "[!b]",
    "[a-c]",
    "{",
    "}",
    ",",
    "+",
    "(",
  );
  const pattern = fc.array(element, { maxLength: 9 }).map((all) => all.join(""));
  const name = fc.array(fc.constantFrom("a", "b", "c", ".", "-", "/", "{", "+"), { maxLength: 9 }).map((all) => all.join(""));

  it("agrees with an independent translation into regular expressions", () => {
    fc.assert(
      fc.property(pattern, name, (one, text) => {
        expect(fnmatch(one, text), `${one} ~ ${text}`).to.equal(reference(one, text));
      }),
      { numRuns: 20_000 },
    );
  });

  it("matches a name without wildcards with itself only", () => {
    fc.assert(
      fc.property(name, name, (one, other) => {
        expect(fnmatch(one, other)).to.equal(one === other);
      }),
    );
  });

  it("answers a hostile pattern at once", () => {
    const hostile = "**/".repeat(60) + "*a".repeat(60) + "b";
    expect(fnmatch(hostile, `${"a/".repeat(60)}${"a".repeat(200)}`)).to.equal(false);
  }).timeout(1000);
});
