import { assert } from "chai";
import { judgeUsage } from "../../components/fleet/usage.ts";
import { renderFiles } from "../../delivery/render.ts";
import type { Fault } from "../../model/fault.ts";
import type { System } from "../../model/system.ts";
import { shop, shopFiles } from "../support/systems.ts";

const deploy = ".github/workflows/deploy.yml";

/** Faults after one replacement in the deploying workflow. */
function after(from: string | RegExp, to: string, system: System = shop): Fault[] {
  const text = shopFiles.get(deploy) ?? "";
  const changed = text.replace(from, to);
  assert.notEqual(changed, text, "the replacement found nothing");
  return judgeUsage(system, new Map([...shopFiles, [deploy, changed]]));
}

describe("what workflows use and a system declares", () => {
  it("agree in the sound system, where an expression chooses the environment", () => {
    assert.deepEqual(judgeUsage(shop, shopFiles), []);
  });

  it("differ when a job names an environment that is not declared, which GitHub would make without a rule", () => {
    const [fault] = after(/environment: .*/, "environment: prdo");
    assert.equal(fault?.path, "shop.deploy.yml.deploy.environment");
    assert.match(fault?.fix ?? "", /"prod"/);
    assert.equal(fault?.file, "systems/shop/repository/.github/workflows/deploy.yml");
    assert.equal(fault?.line, 8);
  });

  it("agree on an environment whatever the case of its name", () => {
    const faults = after(/environment: .*/, "environment: Prod");
    assert.isFalse(faults.some(({ path }) => path.endsWith(".environment")));
  });

  it("differ when a job reads a secret that neither its environment nor the repository has", () => {
    const paths = after("secrets.DEPLOY_KEY", "secrets.DEPLOY_KYE").map(({ path }) => path);
    assert.include(paths, "shop.deploy.yml.deploy.secrets.DEPLOY_KYE");
  });

  it("differ when a job without the environment reads its secret", () => {
    const [fault] = after(/ {4}environment: .*\n/, "");
    assert.equal(fault?.path, "shop.deploy.yml.deploy.secrets.DEPLOY_KEY");
  });

  it("always agree on GITHUB_TOKEN", () => {
    assert.deepEqual(after("run: make deploy", "run: make deploy ${{ secrets.GITHUB_TOKEN }}"), []);
  });

  it("differ when a job reads a variable that nobody declares", () => {
    const [fault] = after("vars.ADDRESS", "vars.ADRESS");
    assert.equal(fault?.path, "shop.deploy.yml.deploy.vars.ADRESS");
    assert.match(fault?.fix ?? "", /"ADDRESS"/);
  });

  it("differ when a declared secret is used by no job of its environment", () => {
    const paths = after(/environment: .*/, "environment: prod").map(({ path }) => path);
    assert.deepEqual(paths, ["shop.deploy.yml.deploy.vars.ADDRESS", "shop.environments[0].secrets[0]"]);
  });

  it("[DK-6] agree on a channel's secret where the made workflow uses it or Argo CD tells the channel, in the environment notifications", () => {
    const all = shop.notifications ?? [];
    const workflows: System = { ...shop, notifications: all.filter(({ on }) => "workflow" in on) };
    const applications: System = { ...shop, notifications: all.filter(({ on }) => "application" in on) };
    const made = new Map([...shopFiles, ...renderFiles(workflows, shopFiles)]);
    const at = shop.environments.findIndex(({ name }) => name === "notifications");
    const unused = `shop.environments[${at}].secrets[0]`;
    const paths = (system: System, files: ReadonlyMap<string, string>): string[] => judgeUsage(system, files).map(({ path }) => path);
    assert.deepEqual(paths(workflows, made), []);
    assert.deepEqual(paths(applications, shopFiles), []);
    assert.deepEqual(paths(workflows, shopFiles), [unused]);
    const renamed = shop.environments.map((one) => (one.name === "notifications" ? { ...one, name: "elsewhere" } : one));
    assert.include(paths({ ...applications, environments: renamed }, shopFiles), unused);
  });

  it("cannot differ on unused secrets where a job may read any of them", () => {
    const faults = after("secrets.DEPLOY_KEY", "toJSON(secrets)");
    assert.deepEqual(faults, []);
  });

  it("differ when an action is not allowed, not pinned, or both", () => {
    const other = after(/uses: .*/, "uses: docker/build-push-action@263435318d21b8e681c14492fe198d362a7d2c83");
    assert.match(other[0]?.rule ?? "", /allowedActions/);
    const moving = after(/uses: .*/, "uses: docker/login-action@v3");
    assert.lengthOf(moving, 1);
    assert.match(moving[0]?.rule ?? "", /full commit SHA/);
    assert.lengthOf(after(/uses: .*/, "uses: evil/action@v1"), 2);
  });

  it("agree on actions of GitHub and of the owner itself, and on what is local", () => {
    const sha = "a".repeat(40);
    for (const uses of [`actions/checkout@${sha}`, `acme/build@${sha}`, "./.github/actions/build"]) {
      assert.deepEqual(after(/uses: .*/, `uses: ${uses}`), [], uses);
    }
  });
});
