import { expect } from "chai";

import { pathDiagram } from "../../delivery/diagram.ts";
import { systemPage } from "../../delivery/page.ts";
import type { System } from "../../model/system.ts";
import { shop } from "../support/systems.ts";

const contexts = { main: ["test"], dev: ["test", "lint"] };
const owners = new Map([
  ["prod", ["prod"]],
  ["dev", ["dev"]],
]);
const page = (system: System): string =>
  systemPage({ system, contexts, owners, requirements: [{ id: "S-1", kind: "gate", text: "One | two." }] });

describe("the page of a system", () => {
  it("says the rules of every gate, and that nobody bypasses only where it is so", () => {
    const text = page(shop);
    expect(text).to.match(
      /- \*\*main\*\* \(default\): a pull request with \d approvals?.*bypassed by team maintainers.*1 required checks.*`test`/,
    );
    expect(text).to.match(/- \*\*dev\*\*: .*2 required checks.*`test`, `lint`/);
    expect(page({ ...shop, branches: shop.branches.map((branch) => ({ ...branch, gate: null })) })).to.contain("no gate, deliberately");
  });

  it("has a row for every environment, tier and requirement, and no cell that breaks the table", () => {
    const text = page(shop);
    for (const { name } of shop.environments) expect(text).to.contain(`| \`${name}\` |`);
    expect(text).to.contain("| prod (production) | prod |").and.to.contain("| dev | dev |");
    expect(text).to.contain("| S-1 | gate | One \\| two. |");
    expect(text).to.contain("## Notifications").and.to.contain("| `deploy.yml`: completed | team |");
    expect(text).to.contain("| team | Slack #shop | `SLACK_WEBHOOK_URL` |");
    expect(page({ ...shop, notifications: [] })).to.not.contain("## Notifications");
  });

  it("says what CI and CD are counted from, and what is promised of them", () => {
    const text = page(shop);
    expect(text).to.contain("CI is counted from `ci.yml`, CD from `deploy.yml`.");
    expect(text).to.contain("| CI runs that pass | > 95 % |").and.to.contain("| duration of CI, P95 | < 15 min |");
    expect(page({ ...shop, objectives: {} })).to.contain("Nothing is promised of them.");
  });

  it("draws each way to each tier, with names that Mermaid can read", () => {
    const diagram = pathDiagram(shop, contexts);
    expect(diagram).to.match(/^flowchart LR\n/);
    for (const { name } of shop.branches) expect(diagram).to.contain(`gate_${name} --> branch_${name}`);
    for (const tier of shop.tiers) expect(diagram).to.match(new RegExp(`-->\\|Argo CD\\| tier_${tier.name}\\b`));
    const drawn = new Set([...diagram.matchAll(/^ {2}(\w+)[[({]/gm)].map(([, id]) => id));
    const used = [...diagram.matchAll(/(\w+) -->(?:\|[^|]*\|)? (\w+)/g)].flatMap(([, from, to]) => [from, to]);
    expect(used.filter((id) => !drawn.has(id))).to.deep.equal([]);
    const odd = pathDiagram({ ...shop, tags: [{ pattern: 'v"#*' }] }, contexts);
    expect(odd).to.contain("tag v#quot;#35;*");
  });
});
