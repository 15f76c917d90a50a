import { assert } from "chai";
import type { System } from "../../model/system.ts";
import { docker, github, UNKNOWN } from "../../policies/rules/declaration.ts";
import { pathTheorem as t1 } from "../../proof/theorems/t1.ts";
import { declared, sound, steps, worldOf } from "./support/sound.ts";

const ownJob =
  "a member of team one pushes a branch with a workflow of their own, whose job has a GITHUB_TOKEN that writes (small-one permission)";

describe("T1: a container on a Docker host", () => {
  const onHost = (system: System): System => ({
    ...system,
    tiers: [
      {
        name: "prod",
        production: true,
        target: { kind: "docker", container: "small", package: "small", hostPort: 80, containerPort: 80, health: { path: "/" } },
      },
    ],
  });
  const container = (image: string) => {
    const parent = { parent: "urn:app" };
    return [
      { ...declared(docker("Container"), "small", { name: "small", image: UNKNOWN }), ...parent },
      { ...declared(docker("RemoteImage"), "small", { name: image }), ...parent },
    ];
  };
  const group = declared(github("ActionsRunnerGroup"), "small-runners", { restrictedToWorkflows: true });
  const shown = (image: string, resources = [group]) =>
    steps(t1, worldOf({}, { system: onHost, resources: [...resources, ...container(image)] }));

  it("is closed with a tag that never moves, on a runner for named workflows only", () => {
    assert.isEmpty(shown("ghcr.io/acme/small:sha-1"));
    assert.isEmpty(shown(`ghcr.io/acme/small:latest@sha256:${"0".repeat(64)}`));
  });

  it("is open by a tag that moves", () => {
    const image = "the job pushes an image of its own as ghcr.io/acme/small:latest, which prod follows (small name)";
    assert.deepEqual(shown("ghcr.io/acme/small:latest"), [ownJob, image]);
    assert.deepEqual(shown("ghcr.io/acme/small"), [ownJob, image]);
  });

  it("is open to any job where nothing restricts the runner", () => {
    const beside = "their job runs on the self-hosted runner, beside the containers of prod (acme/small runners)";
    assert.deepEqual(shown("ghcr.io/acme/small:sha-1", []), [ownJob, beside]);
  });

  it("is open to strangers where a pull request starts a job on the runner", () => {
    const text = "on: pull_request\njobs:\n  build:\n    runs-on: [self-hosted, Linux]\n    steps: [{ run: make }]\n";
    const files = { ".github/workflows/build.yml": text };
    assert.deepEqual(steps(t1, worldOf({}, { system: onHost, files, resources: [group, ...container("ghcr.io/acme/small:sha-1")] })), [
      "a stranger opens a pull request from a fork, whose code the job build runs on the self-hosted runner (self-hosted, Linux) (.github/workflows/build.yml:3)",
    ]);
  });

  it("is open where a declared job deploys to it, and its environment waits for nobody", () => {
    const text = "on: workflow_dispatch\njobs:\n  ship:\n    runs-on: self-hosted\n    environment: deploy\n    steps: [{ run: make }]\n";
    const environment = { ...sound.environment, reviewed: false, hasKey: false, trusted: false };
    const more = {
      system: onHost,
      files: { ".github/workflows/ship.yml": text },
      resources: [group, ...container("ghcr.io/acme/small:sha-1")],
    };
    assert.deepEqual(steps(t1, worldOf({ environment }, more)), [
      "a member of team one starts .github/workflows/ship.yml (.github/workflows/ship.yml:3)",
      "its job ship deploys to prod, as environment deploy waits for nobody (small-deploy reviewers)",
    ]);
    assert.isEmpty(steps(t1, worldOf({}, more)));
  });
});
