import { expect } from "chai";
import { ci, job, read, required, workflow } from "./support.ts";

describe("pipelines/required: what cannot be a gate", () => {
  describe("refuses", () => {
    const plain = job("build");
    const cases: readonly (readonly [string, ReturnType<typeof read>, readonly string[], RegExp, RegExp])[] = [
      [
        "an unknown workflow",
        ci("pull_request", plain),
        ["ic.yml build"],
        /names a file under \.github\/workflows/u,
        /did you mean "ci\.yml"/u,
      ],
      ["an unknown job", ci("pull_request", plain), ["biuld"], /by its id in ci\.yml/u, /did you mean "build"/u],
      ["a job by its name", ci("pull_request", job("a", "name: Lint")), ["Lint"], /by its id/u, /its id is "a"/u],
      [
        "a workflow that does not parse",
        read({ "ci.yml": "on: push\n" }),
        ["build"],
        /GitHub refuses a workflow with an error/u,
        /mend the file/u,
      ],
      ["[DK-5] a path-filtered job", ci("{ pull_request: { paths: [a] } }", plain), ["build"], /`paths`/u, /remove the path filter/u],
      [
        "a paths-ignore filter",
        ci("{ pull_request: { paths-ignore: [a] } }", plain),
        ["build"],
        /`paths-ignore`/u,
        /remove the path filter/u,
      ],
      [
        "a filter that excludes the branch",
        ci("{ pull_request: { branches: [dev] } }", plain),
        ["build"],
        /excludes the branch "main"/u,
        /add the branch/u,
      ],
      [
        "a workflow that starts on labels only",
        ci("{ pull_request: { types: [labeled] } }", plain),
        ["build"],
        /leaves out opened/u,
        /remove `types`/u,
      ],
      [
        "[DEX-6] a job by label",
        ci("pull_request", job("build", "if: \"contains(github.event.pull_request.labels.*.name, 'x')\"")),
        ["build"],
        /reports success without having run/u,
        /gate job/u,
      ],
      [
        "a job that never runs on it",
        ci("[push, pull_request]", job("build", "if: github.event_name == 'push'")),
        ["build"],
        /is false for this event/u,
        /runs on pull requests/u,
      ],
      ["a push to the branch itself", ci("{ push: { branches: [main] } }", plain), ["build"], /after the merge/u, /`pull_request`/u],
      ["a push alone, since a fork's is none of ours", ci("push", plain), ["build"], /push to a fork/u, /`pull_request`/u],
      ["tags", ci("{ push: { tags: [v*] } }", plain), ["build"], /for tags only/u, /`pull_request`/u],
      ["a run by hand", ci("workflow_dispatch", plain), ["build"], /does not count such a run/u, /`pull_request`/u],
      ["a run after another workflow", ci("{ workflow_run: { workflows: [CI] } }", plain), ["build"], /default branch/u, /`pull_request`/u],
      ["a schedule", ci("{ schedule: [{ cron: '0 6 * * *' }] }", plain), ["build"], /default branch/u, /`pull_request`/u],
      ["a review's run", ci("pull_request_review", plain), ["build"], /only when somebody reviews/u, /`pull_request`/u],
      [
        "a workflow that is only called",
        ci("workflow_call", plain),
        ["build"],
        /only when another workflow calls/u,
        /the job that calls it/u,
      ],
      [
        "a name that the run makes",
        ci("pull_request", job("build", "name: '${{ vars.X }}'")),
        ["build"],
        /cannot be named before the run.*vars\.X/u,
        /fixed name/u,
      ],
      [
        "a matrix that the run makes",
        ci("pull_request", job("build", 'strategy: { matrix: { v: "${{ fromJSON(vars.V) }}" } }')),
        ["build"],
        /cannot be named before the run.*vars\.V/u,
        /gate job/u,
      ],
      [
        "a matrix without a combination",
        ci("pull_request", job("build", "strategy: { matrix: { v: [1], exclude: [{ v: 1 }] } }")),
        ["build"],
        /no combination left/u,
        /give the matrix/u,
      ],
      [
        "a remote call",
        ci("pull_request", "build: { uses: a/b/.github/workflows/c.yml@v1 }"),
        ["build"],
        /another repository/u,
        /provide the called/u,
      ],
      [
        "[BK-4] a job with continue-on-error",
        ci("pull_request", job("build", "continue-on-error: true")),
        ["build"],
        /must be able to stop a merge/u,
        /remove `continue-on-error`/u,
      ],
      [
        "[BK-4] a job whose steps all go on",
        ci("pull_request", "build: { runs-on: x, steps: [{ run: a, continue-on-error: true }] }"),
        ["build"],
        /cannot fail/u,
        /from the step/u,
      ],
      ["a check twice", ci("pull_request", plain), ["build", "build"], /required once/u, /remove the second/u],
      [
        "the same name from two workflows",
        read({ "ci.yml": workflow("pull_request", plain), "other.yml": workflow("pull_request", plain) }),
        ["build"],
        /other\.yml job "build" reports under it too/u,
        /another name/u,
      ],
      [
        "the same name from two jobs of one file",
        ci("pull_request", `${job("a", "name: Same")}\n${job("b", "name: Same")}`),
        ["a"],
        /ci\.yml job "b" reports under it too/u,
        /another name/u,
      ],
      [
        "the same name from every combination",
        ci("pull_request", job("build", "name: '${{ github.base_ref }}', strategy: { matrix: { v: [1, 2] } }")),
        ["build"],
        /2 jobs of it report under the one name "main"/u,
        /use the matrix/u,
      ],
      [
        "a job whose needed job may fail unseen",
        ci("pull_request", `${job("test")}\n${job("build", "needs: test")}`),
        ["build"],
        /if "test" fails, "build" is skipped, and the merge goes through/u,
        /require "test" as well/u,
      ],
      [
        "a gate job that looks at no result",
        ci("pull_request", `${job("test")}\n${job("build", "needs: test, if: always()")}`),
        ["build"],
        /none of its steps looks at/u,
        /require "test" as well/u,
      ],
    ];
    for (const [what, pipelines, jobs, rule, fix] of cases) {
      it(what, () => {
        const { contexts, faults } = required(pipelines, jobs);
        const fault = faults.find((one) => rule.test(one.rule));
        expect(fault, JSON.stringify(faults)).to.exist;
        expect(fault?.fix).to.match(fix);
        expect(fault?.path).to.match(new RegExp(`^required\\[${jobs.length - 1}\\]`, "u"));
        expect(contexts.length).to.equal(jobs.length - 1);
      });
    }
  });
});
