import { expect } from "chai";
import fc from "fast-check";
import { isLiteralPattern, matchesEverything, matchesPatterns, PatternError, patternToRegExp } from "../../pipelines/glob.ts";

describe("pipelines/glob: GitHub's filter patterns", () => {
  const matching: readonly [string, string][] = [
    ["main", "main"],
    ["feature/*", "feature/one"],
    ["feature/**", "feature/one/two"],
    ["feature/**", "feature/"],
    ["*", "main"],
    ["**", "feature/one/two"],
    ["**feature", "the/big-feature"],
    ["v2*", "v2"],
    ["v2*", "v2.9"],
    ["v[12].[0-9]+.[0-9]+", "v1.10.1"],
    ["v[12].[0-9]+.[0-9]+", "v2.0.0"],
    ["*.jsx?", "page.js"],
    ["*.jsx?", "page.jsx"],
    ["**.js", "src/deep/app.js"],
    ["**/README.md", "README.md"],
    ["**/README.md", "docs/README.md"],
    ["**/docs/**", "docs/a.md"],
    ["**/docs/**", "a/docs/b/c.md"],
    ["docs/**/*.md", "docs/a.md"],
    ["docs/**/*.md", "docs/a/b.md"],
    ["**/*src/**", "my-src/code/app.js"],
    ["**/migrate-*.sql", "migrate-1.sql"],
    ["packages/**/*.py", "packages/a/b/c.py"],
    ["release/v[0-9].[0-9]", "release/v1.2"],
    ["a+", "aaa"],
    ["file\\*", "file*"],
    ["\\*+", "**"],
    ["a***b", "a/x/b"],
    ["a.b", "a.b"],
    ["$x^{1}|(2)", "$x^{1}|(2)"],
    ["[CB]at", "Bat"],
    ["[a-a][0-9]", "a7"],
    ["ünï*", "ünïx"],
  ];
  for (const [pattern, name] of matching) {
    it(`"${pattern}" matches "${name}"`, () => {
      expect(patternToRegExp(pattern).test(name)).to.be.true;
    });
  }

  const failing: readonly [string, string][] = [
    ["main", "maintenance"],
    ["main", "Main"],
    ["feature/*", "feature/one/two"],
    ["feature/**", "feature"],
    ["*", "feature/one"],
    ["*.js", "src/app.js"],
    ["v[12].[0-9]+", "v3.1"],
    ["a.b", "axb"],
    ["docs/*", "docs/a/b.md"],
    ["packages/dataenginex/**", "packages/dataenginex-extra/a.py"],
    ["foo**/bar", "foobar"],
    ["file\\*", "files"],
    ["[CB]at", "Rat"],
    ["[.]x", "ax"],
  ];
  for (const [pattern, name] of failing) {
    it(`"${pattern}" does not match "${name}"`, () => {
      expect(patternToRegExp(pattern).test(name)).to.be.false;
    });
  }

  for (const [pattern, what] of [
    ["+a", "no character before it"],
    ["*?", "no character before it"],
    ["a++", "no character before it"],
    ["[ab", "never closed"],
    ["[]", "lists no character"],
    ["[z-a]", "runs backwards"],
    ["a\\", "escapes nothing"],
  ] as const) {
    it(`"${pattern}" is refused: ${what}`, () => {
      expect(() => patternToRegExp(pattern)).to.throw(PatternError, what);
    });
  }

  describe("an ordered list", () => {
    const cases: readonly [readonly string[], string, boolean][] = [
      [["releases/**", "!releases/**-alpha"], "releases/10", true],
      [["releases/**", "!releases/**-alpha"], "releases/10-alpha", false],
      [["!releases/**-alpha", "releases/**"], "releases/10-alpha", true],
      [["**", "!docs/**", "docs/important.md"], "docs/important.md", true],
      [["**", "!docs/**", "docs/important.md"], "docs/other.md", false],
      [["!main"], "dev", false],
      [[], "main", false],
    ];
    for (const [patterns, name, expected] of cases) {
      it(`[${patterns.join(", ")}] ${expected ? "lets" : "does not let"} "${name}" through: the last match wins`, () => {
        expect(matchesPatterns(patterns, name)).to.equal(expected);
      });
    }
  });

  it("only ** with nothing taken away after it matches everything", () => {
    expect(matchesEverything(["**"])).to.be.true;
    expect(matchesEverything(["!docs/**", "**"])).to.be.true;
    expect(matchesEverything(["**", "!docs/**"])).to.be.false;
    expect(matchesEverything(["*"])).to.be.false;
    expect(matchesEverything([])).to.be.false;
  });

  it("a literal pattern matches its own text and nothing else", () => {
    const text = fc.string({ minLength: 1 }).filter(isLiteralPattern);
    fc.assert(
      fc.property(
        text,
        fc.string(),
        (name, other) => patternToRegExp(name).test(name) && (name === other || !patternToRegExp(name).test(other)),
      ),
    );
  });

  /** Reference: the same language by backtracking over tokens, without a regular expression. */
  function reference(pattern: string, name: string): boolean {
    if (pattern === "") return name === "";
    if (pattern.startsWith("**/") && reference(pattern.slice(3), name)) return true;
    if (pattern.startsWith("**")) {
      for (let cut = 0; cut <= name.length; cut += 1) if (reference(pattern.slice(2), name.slice(cut))) return true;
      return false;
    }
    if (pattern.startsWith("*")) {
      for (let cut = 0; cut <= name.length && !name.slice(0, cut).includes("/"); cut += 1) {
        if (referenceInside(pattern.slice(1), name.slice(cut), cut === 0 ? "" : name.charAt(cut - 1))) return true;
      }
      return false;
    }
    const [head = "", repeat] = pattern;
    if (repeat === "?") return reference(pattern.slice(2), name) || (name.startsWith(head) && reference(pattern.slice(2), name.slice(1)));
    if (repeat === "+") {
      for (let count = 1; count <= name.length && name.charAt(count - 1) === head; count += 1) {
        if (referenceInside(pattern.slice(2), name.slice(count), head)) return true;
      }
      return false;
    }
    return (
      name.startsWith(head) &&
      (head === "/" ? reference(pattern.slice(1), name.slice(1)) : referenceInside(pattern.slice(1), name.slice(1), head))
    );
  }

  /** After something other than a slash, a `**` and slash is no folder wildcard: it needs its slash. */
  function referenceInside(pattern: string, name: string, before: string): boolean {
    if (!pattern.startsWith("**/") || before === "/") return reference(pattern, name);
    for (let cut = 0; cut <= name.length; cut += 1)
      if (name.startsWith("/", cut) && reference(pattern.slice(3), name.slice(cut + 1))) return true;
    return false;
  }

  it("agrees with a backtracking matcher on random patterns and names", () => {
    const piece = fc.constantFrom("a", "b", "/", "*", "**", "**/", "a?", "b+", "/**/", ".");
    // Three stars in a row are two patterns run together; nobody writes them, and GitHub defines nothing for them.
    const pattern = fc
      .array(piece, { maxLength: 6 })
      .map((pieces) => pieces.join(""))
      .filter((text) => !/\*{3}|\*[?+]|[?+]\*/u.test(text));
    const name = fc.array(fc.constantFrom("a", "b", "/", "."), { maxLength: 8 }).map((characters) => characters.join(""));
    fc.assert(
      fc.property(pattern, name, (text, candidate) => {
        expect(patternToRegExp(text).test(candidate), `${text} on ${candidate}`).to.equal(reference(text, candidate));
      }),
      { numRuns: 3000 },
    );
  });
});
