/** Specifies a rule by examples: what passes, what fails and how it is said, what is unknown before the update, what it does not judge. */
import { assert } from "chai";
import { workflowFacts } from "../../pipelines/facts.ts";
import { Declaration, judge, rules, UNKNOWN, type DeclarationInput, type Result, type Rule } from "../../policies/rules/index.ts";

type Given = Partial<DeclarationInput> & { readonly type: string };

export interface Example {
  /** What is declared: the subject first. For a workflow rule the text of the file. */
  readonly given: readonly Given[] | string;
  readonly parameters?: Readonly<Record<string, unknown>>;
}

export interface Examples {
  readonly pass: Readonly<Record<string, Example>>;
  /** With what the finding says. */
  readonly fail: Readonly<Record<string, Example & { readonly says: RegExp }>>;
  /** `undefined` for rules about workflow files and about options, of which everything is known. */
  readonly unknown?: Readonly<Record<string, Example>> | undefined;
}

/** Describes a rule; one that is not in the catalogue fails. */
export function specify(id: string, { pass, fail, unknown }: Examples): void {
  describe(id, () => {
    const rule = rules.find((candidate) => candidate.id === id);
    const run = (example: Example): Result[] => {
      assert.exists(rule, `no rule ${id}`);
      return runRule(rule, example);
    };
    for (const [title, example] of Object.entries(pass)) {
      it(`passes ${title}`, () => {
        const found = run(example);
        assert.isNotEmpty(found, "it judged nothing");
        assert.isEmpty(found.filter(({ verdict }) => verdict !== "pass"));
      });
    }
    for (const [title, example] of Object.entries(fail)) {
      it(`fails ${title}`, () => {
        const found = run(example).filter(({ verdict }) => verdict !== "pass");
        assert.isNotEmpty(found);
        for (const result of found) assert.equal(result.verdict, "fail", result.message);
        assert.match(found.map(({ message }) => message).join("\n"), example.says);
      });
    }
    for (const [title, example] of Object.entries(unknown ?? {})) {
      it(`does not know before the update ${title}`, () => {
        assert.include(
          run(example).map(({ verdict }) => verdict),
          "unknown",
        );
      });
    }
    it("says what it does not know, unless everything it looks at is always known", () => {
      assert.equal(unknown === undefined, rule?.kind === "workflow" || id === "gate-not-ignored");
    });
    it("does not judge what is not its business", () => {
      const other = { type: "random:index/randomId:RandomId", properties: { byteLength: UNKNOWN } };
      assert.isEmpty(rule?.kind === "workflow" ? runRule(rule, { given: [other] }) : run({ given: [other] }));
    });
  });
}

export function runRule(rule: Rule, { given, parameters = {} }: Example): Result[] {
  const world =
    typeof given === "string"
      ? { resources: [], workflows: [{ repository: "acme/shop", facts: workflowFacts({ file: ".github/workflows/ci.yml", text: given }) }] }
      : { resources: given.map(declare), workflows: [] };
  return judge(world, [rule], { [rule.id]: { parameters } });
}

function declare({ name = "example", properties = {}, ...rest }: Given, index: number): Declaration {
  const urn = `urn:pulumi:prod::acme::${rest.type}::${name}-${index}`;
  return new Declaration({ urn, name, properties, ...rest });
}

export { UNKNOWN };
