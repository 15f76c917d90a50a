import path from "node:path";

import { expect } from "chai";
import { parseAllDocuments } from "yaml";

import type { KubernetesObject } from "../../delivery/stack-access.ts";
import { Rig } from "../e2e/support/rig.ts";
import { temporaryFolder } from "../support/temporary.ts";

describe("gatehouse access", function () {
  this.timeout(60_000);
  const rig = new Rig(path.join(temporaryFolder("gatehouse-cli-"), "home"));

  it("prints one document for each object, the same as with --json, and says on stderr what the stack file must say", async () => {
    const { code, stdout, stderr } = await rig.run(["access", "dev"]);
    expect(code, stderr).to.equal(0);
    const documents = parseAllDocuments(stdout);
    const objects = documents.map((document) => document.toJS() as KubernetesObject);
    expect(objects[0]).to.deep.equal({
      apiVersion: "v1",
      kind: "ServiceAccount",
      metadata: { name: "gatehouse-dev", namespace: "argocd" },
    });
    expect(stderr).to.include("gatehouse:kubernetes.user: system:serviceaccount:argocd:gatehouse-dev");
    const answer = await rig.json<{ stack: string; user: string; objects: KubernetesObject[] }>("access", "dev");
    expect(answer).to.deep.equal({ stack: "dev", user: "system:serviceaccount:argocd:gatehouse-dev", objects });
  });

  it("binds to a user of the cluster, and makes no ServiceAccount then", async () => {
    const { objects, user } = await rig.json<{ user: string; objects: KubernetesObject[] }>(
      "access",
      "dev",
      "--user",
      "deployer@example.com",
    );
    expect(user).to.equal("deployer@example.com");
    expect(objects.map(({ kind }) => kind)).to.not.include("ServiceAccount");
    expect(JSON.stringify(objects)).to.include("deployer@example.com").and.not.include("serviceaccount");
  });

  it("refuses the foundation with the reason, and a stack that does not exist with those that do", async () => {
    for (const [stack, reason] of [
      ["prod", /is the foundation: it owns production/],
      ["dve", /There is no stack "dve": .*dev/],
    ] as const) {
      const { code, stdout, stderr } = await rig.run(["access", stack]);
      expect(code, stderr).to.equal(2);
      expect(stdout).to.equal("");
      expect(stderr).to.match(reason);
    }
  });
});
