/** `gatehouse status SYSTEM`: what each tier declares, runs and waits for. */
import { Command } from "commander";

import { examples } from "../examples.ts";
import { findTier, openSystem, openTier } from "../operations/open.ts";
import { deployedTiers, statusOfTiers, type TierStatus } from "../operations/status.ts";
import { targetOption } from "../options.ts";
import { createOutput } from "../output.ts";
import type { TargetName } from "../target/index.ts";

export function statusCommand(): Command {
  return new Command("status")
    .description("show what each tier declares and runs, the last deployments, and what waits for approval")
    .argument("<system>", "name of a folder under systems/")
    .option("--tier <tier>", "only this tier")
    .addOption(targetOption())
    .addHelpText(
      "after",
      examples(
        ["gatehouse status dataenginex", "all tiers"],
        ["gatehouse status dataenginex --tier prod", "one tier"],
        ["gatehouse status dataenginex --json | jq '.tiers[].images'", "images with their digests"],
      ),
    )
    .action(async (name: string, _options: unknown, self: Command) => {
      const options = self.optsWithGlobals<{ json?: boolean; tier?: string; target: TargetName }>();
      const output = createOutput(options.json ?? false);
      const opened = await openSystem(name, options.tier === undefined ? [] : [options.tier], options.target, output);
      const { system } = opened;
      const chosen = options.tier === undefined ? deployedTiers(system) : [findTier(system, options.tier)];
      const tiers = await output.step(`Reading ${name}`, async () => {
        const open = await Promise.all(chosen.map((tier) => openTier(opened, tier.name)));
        return statusOfTiers(open, new Date());
      });
      output.result({ system: name, tiers }, () => tiers.map(describe).join("\n\n"));
    });
}

function describe(status: TierStatus): string {
  const { tier, production, application, container, images, deployments, pending } = status;
  const paused = application !== null && !application.automated ? ", automated sync is off" : "";
  const where =
    application !== null
      ? `${application.name}: ${application.sync}, ${application.health}${at(application.revision)}${paused}`
      : container !== null
        ? `container ${container.name}: ${container.status}${container.health === "" ? "" : `, ${container.health}`}`
        : "what runs there cannot be asked";
  return [
    `${tier}${production ? " (production)" : ""}  ${where}`,
    ...(container === null ? [] : [`  image       ${container.image}`]),
    ...images.flatMap(describeImage),
    ...deployments.map(({ date, environment, sha, state }) => `  deployment  ${date}  ${environment}  ${sha.slice(0, 8)}  ${state}`),
    ...pending.approvals.map(
      ({ environment, workflow, reviewers, url }) =>
        `  waits       ${environment}: ${workflow}, for ${reviewers.join(", ") || "its timer"}  ${url}`,
    ),
    ...pending.pullRequests.map(
      ({ number, title, url, autoMerge }) => `  waits       #${number} ${title}${autoMerge ? " (auto-merge)" : ""}  ${url}`,
    ),
    `  window      ${describeWindow(status.window)}`,
  ].join("\n");
}

const at = (revision: string): string => (revision === "" ? "" : ` at ${revision.slice(0, 8)}`);

function describeImage({ package: name, tag, digest, banned, running }: TierStatus["images"][number]): string[] {
  if (name === "commit") return [`  validated   ${tag}`];
  const others = running.filter((one) => one.tag !== tag);
  return [
    `  image       ${name} ${tag}  ${digest ?? "not in the registry"}${banned ? "  BANNED" : ""}`,
    ...others.map((one) => `  runs still  ${name} ${one.tag}  ${one.digest}`.trimEnd()),
  ];
}

function describeWindow({ open, freeze, slot }: TierStatus["window"]): string {
  if (slot === null) return open ? "always open" : "closed: none opens within two years";
  const moment = (text: string): string => `${text.slice(0, 16).replace("T", " ")} UTC`;
  if (open) return `open until ${moment(slot.closes)}`;
  return `closed${freeze === null ? "" : ` by a freeze (${freeze})`}; opens ${moment(slot.opens)} until ${moment(slot.closes)}`;
}
