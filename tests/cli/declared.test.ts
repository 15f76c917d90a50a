import { expect } from "chai";
import { declaredWorld } from "../../cli/check/declared.ts";
import { judgeProject } from "../../cli/project.ts";

describe("Everything that the project declares", () => {
  it("comes stack by stack and system by system: all of one is declared and let go before the next begins", async () => {
    const project = await judgeProject();
    const names = project.systems.map(({ system }) => system.name);
    const { resources } = await declaredWorld(project);
    const orders = project.stacks.map(({ stack }) => {
      const declared = resources.filter(({ urn }) => urn.startsWith(`urn:pulumi:${stack}::`));
      return declared.flatMap(({ type, name }) => (type === "gatehouse:delivery:DeliverySystem" ? names.indexOf(name) : []));
    });
    for (const order of orders) expect(order).to.deep.equal([...order].sort((a, b) => a - b));
    expect(orders[0]).to.have.length(names.length);
    const parts = resources.filter(
      ({ type, urn }) => type.startsWith("github:") && urn.startsWith(`urn:pulumi:${project.stacks[0]!.stack}::`),
    );
    const owners = parts.flatMap((part) => names.find((name) => part.name === name || part.name.startsWith(`${name}-`)) ?? []);
    const changes = owners.filter((owner, index) => owner !== owners[index - 1]);
    expect(changes).to.deep.equal(names);
  });
});
