import { expect } from "chai";
import { evaluate, type Scope } from "../../pipelines/expressions.ts";
import {
  dependencies,
  fromPlain,
  known,
  knownBoolean,
  knownText,
  partial,
  toPlain,
  truth,
  unknown,
  type Value,
} from "../../pipelines/values.ts";

const scope: Scope = {
  contexts: new Map<string, Value>([
    [
      "github",
      partial(
        "github",
        {
          event_name: knownText("pull_request"),
          ref: unknown("github.ref", { prefix: "refs/pull/", suffix: "/merge" }),
          event: partial(
            "github.event",
            { action: unknown("github.event.action", { oneOf: ["opened", "closed"] }) },
            unknown("github.event"),
          ),
        },
        unknown("github"),
      ),
    ],
    ["matrix", known(fromPlain({ os: "Linux", list: [1, 2], nested: { a: 3.1 } }))],
    ["vars", unknown("vars")],
  ]),
  functions: new Map<string, Value>([
    ["always", knownBoolean(true)],
    ["success", unknown('the success of the job "a"')],
  ]),
};

describe("pipelines/expressions: what is known before the run", () => {
  const knownCases: readonly [string, unknown][] = [
    ["github.event_name", "pull_request"],
    ["github.EVENT_NAME == 'Pull_Request'", true],
    ["github['event_name'] != 'push'", true],
    ["matrix.os == 'linux' && matrix.list[1] == 2", true],
    ["matrix.nested.a", 3.1],
    ["matrix.nested['A']", 3.1],
    ["matrix.none.none", null],
    ["matrix.list[0]", 1],
    ["matrix.list[5]", null],
    ["matrix.list['x']", null],
    ["matrix.list.*", [1, 2]],
    ["format('{0}-{1}', matrix.os, 3.10)", "Linux-3.1"],
    ["fromJSON('[1, {\"a\": 3.10}]')[1].a", 3.1],
    ["contains(fromJSON('[\"x\", \"y\"]'), 'y')", true],
    ["startsWith('refs/heads/main', 'refs/heads/') && endsWith('ab', 'B')", true],
    ["join(matrix.list, '+')", "1+2"],
    ['join(fromJSON(\'[{"a": "x"}, {"b": 1}, {"a": "y"}]\').*.a)', "x,y"],
    ['contains(fromJSON(\'[{"a": ["x"]}, {"a": ["y"]}]\').*.a.*, \'y\')', true],
    ["fromJSON('3').*", []],
    ["1 < 2 && !(2 >= 3)", true],
    ["'' || 'default'", "default"],
    ["always()", true],
    ["false && vars.X", false],
    ["true || vars.X", true],
    // Of text that is partly known, what it cannot be.
    ["github.ref == 'refs/heads/main'", false],
    ["github.ref != 'refs/heads/main'", true],
    ["'refs/tags/v1' == github.ref", false],
    ["startsWith(github.ref, 'refs/tags/')", false],
    ["startsWith(github.ref, 'refs/')", true],
    ["github.event.action == 'labeled'", false],
    ["startsWith(github.event.action, 'x')", false],
  ];
  for (const [text, expected] of knownCases) {
    it(`${text} is ${JSON.stringify(expected)}`, () => {
      const value = evaluate(text, scope);
      expect(value.kind).to.equal("known");
      expect(value.kind === "known" ? toPlain(value.data) : undefined).to.deep.equal(expected);
    });
  }

  const openCases: readonly [string, boolean | undefined, readonly string[]][] = [
    ["vars.DEPLOY == 'yes'", undefined, ["vars.DEPLOY"]],
    ["github.repository == 'a/b'", undefined, ["github.repository"]],
    ["github.event.pull_request.draft == false", undefined, ["github.event.pull_request.draft"]],
    ["contains(github.event.pull_request.labels.*.name, 'x')", undefined, ["github.event.pull_request.labels.*.name"]],
    ["github.ref == 'refs/pull/1/merge'", undefined, ["github.ref"]],
    ["startsWith(github.ref, 'refs/pull/1')", undefined, ["github.ref"]],
    ["github.event.action == 'opened'", undefined, ["github.event.action"]],
    ["!vars.X", undefined, ["vars.X"]],
    ["vars.X && false", false, ["vars.X"]],
    ["vars.X || true", true, ["vars.X"]],
    ["vars.X && vars.Y", undefined, ["vars.X", "vars.Y"]],
    ["success() && true", undefined, ['the success of the job "a"']],
    ["matrix[vars.X]", undefined, ["vars.X"]],
    ["hashFiles('a') == ''", undefined, ["the files of the checkout"]],
    ["github", true, ["github"]],
    ["fromJSON('nonsense')", undefined, ["an expression that cannot be evaluated (Error parsing JSON when evaluating fromJson)"]],
    ["1 +", undefined, []],
  ];
  for (const [text, expected, about] of openCases) {
    it(`${text} is ${expected === undefined ? "open" : `certainly ${String(expected)}`}, and says what it depends on`, () => {
      const value = evaluate(text, scope);
      expect(value.kind).to.not.equal("known");
      expect(truth(value)).to.equal(expected);
      expect(dependencies(value)).to.include.members([...about]);
    });
  }
});
