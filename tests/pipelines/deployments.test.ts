import { assert } from "chai";
import { unguardedDeployments } from "../../pipelines/index.ts";
import { ci, job } from "./support.ts";

const codes = (on: string, jobs: readonly string[], required: readonly { workflow: string; job: string }[] = []) =>
  unguardedDeployments(ci(on, jobs.join("\n")), required).map(({ code, severity }) => `${severity} ${code}`);
const deploy = (fields = "") => job("deploy", `${fields === "" ? "" : `${fields}, `}environment: staging`);
const push = "{ push: { branches: [main] } }";
const after = "{ workflow_run: { workflows: [CI], types: [completed] } }";
const success = "if: \"github.event.workflow_run.conclusion == 'success'\"";

describe("deployments that wait for nothing", () => {
  it("[AF-4] are found on push, where the checks run in another workflow", () => {
    assert.deepEqual(codes(push, [deploy()]), ["warning deploys-unchecked"]);
    assert.deepEqual(codes(push, [job("validate"), deploy("needs: validate")]), ["warning deploys-unchecked"]);
  });

  it("are none where the job needs a required check of its own workflow", () => {
    assert.deepEqual(codes(push, [job("test"), deploy("needs: test")], [{ workflow: "ci.yml", job: "test" }]), []);
  });

  it("are none where a job before asked, and its answer decides", () => {
    assert.deepEqual(codes(push, [job("gate"), deploy("needs: gate, if: \"needs.gate.outputs.ready == 'true'\"")]), []);
  });

  it("are none of a release: a tag that is pushed, or a dispatch", () => {
    assert.deepEqual(codes("{ push: { tags: ['v*'] } }", [deploy()]), []);
    assert.deepEqual(codes("workflow_dispatch", [deploy()]), []);
  });

  it("[AF-4] are found after a run that failed: completed is not succeeded", () => {
    assert.deepEqual(codes(after, [deploy()]), ["warning deploys-after-failure"]);
    assert.deepEqual(codes(after, [deploy(success)]), []);
    assert.deepEqual(codes(after, [job("gate", success), deploy("needs: gate")]), []);
    assert.deepEqual(codes(after, [job("gate", success), deploy('needs: gate, if: "always()"')]), ["warning deploys-after-failure"]);
  });
});
