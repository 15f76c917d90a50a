import { assert } from "chai";
import { judgeApprovals } from "../../pipelines/index.ts";
import { ci, job } from "./support.ts";

const orders = [{ environment: "production", after: "production-approval" }];
const texts = (jobs: readonly string[]) => judgeApprovals(ci("workflow_dispatch", jobs.join("\n")), orders).map(({ text }) => text);
const approval = job("approval", "environment: production-approval");

describe("approvals by two different people", () => {
  it("[AF-4] hold where the job of the second environment needs a job of the first, directly or through others", () => {
    assert.deepEqual(texts([approval, job("deploy", "needs: approval, environment: production")]), []);
    const through = [approval, job("check", "needs: approval"), job("deploy", "needs: check, environment: { name: Production }")];
    assert.deepEqual(texts(through), []);
  });

  it("[AF-4] do not where the need is missing", () => {
    const [text, ...more] = texts([approval, job("deploy", "environment: production")]);
    assert.deepEqual(more, []);
    assert.match(text ?? "", /one approval would be enough/);
  });

  for (const condition of ["always()", "!cancelled()", "failure()", "always() && needs.approval.result != 'success'"]) {
    it(`[AF-4] do not where the job runs although the first was rejected: if ${condition}`, () => {
      const [text] = texts([approval, job("deploy", `needs: approval, if: "${condition}", environment: production`)]);
      assert.match(text ?? "", /was rejected or skipped/);
    });
  }

  it("[AF-4] do not where a job between runs in any case, and the last one looks at that one only", () => {
    const between = job("check", 'needs: approval, if: "always()"');
    const deploy = job("deploy", "needs: check, if: \"always() && needs.check.result == 'success'\", environment: production");
    assert.lengthOf(texts([approval, between, deploy]), 1);
  });

  it("[AF-4] hold where the condition asks for the first one's success in words", () => {
    const condition = "always() && needs.approval.result == 'success'";
    assert.deepEqual(texts([approval, job("deploy", `needs: approval, if: "${condition}", environment: production`)]), []);
  });

  it("[AF-4] cannot be known where an expression makes the environment's name", () => {
    const [text] = texts([approval, job("deploy", "needs: approval, environment: '${{ inputs.where }}'")]);
    assert.match(text ?? "", /made by an expression/);
  });
});
