/** The last words of `gatehouse up`: what was created per system, each Application's state, where to look. */
import { seconds, table } from "../output.ts";
import type { Target } from "../target/index.ts";
import type { ApplicationStatus } from "./applications.ts";
import { askEngine, type RunResult } from "./engine.ts";

export interface Summary {
  readonly target: Target["name"];
  readonly stacks: readonly RunResult[];
  /** Stack → the program's outputs by system. They hold no secrets. */
  readonly systems: Readonly<Record<string, Readonly<Record<string, SystemOutput>>>>;
  readonly applications: readonly ApplicationStatus[];
  readonly addresses: Readonly<Record<string, string>>;
  readonly milliseconds: number;
}

interface SystemOutput {
  readonly repository?: string;
  readonly [key: string]: unknown;
}

export async function summarize(
  target: Target,
  stacks: readonly RunResult[],
  applications: readonly ApplicationStatus[],
  milliseconds: number,
): Promise<Summary> {
  const systems: Record<string, Record<string, SystemOutput>> = {};
  for (const { stack } of stacks) {
    const engine = await target.engine(stack);
    const outputs = JSON.parse(await askEngine(engine, ["stack", "output", "--json", "--stack", stack])) as {
      systems?: Record<string, SystemOutput>;
    };
    systems[stack] = outputs.systems ?? {};
  }
  return { target: target.name, stacks, systems, applications, addresses: target.addresses, milliseconds };
}

const order = ["create", "import", "update", "replace", "create-replacement", "delete", "same"];

function changesOf({ changes, types }: RunResult): string {
  const names = Object.keys(changes).sort((a, b) => order.indexOf(a) - order.indexOf(b));
  const counts = names.map((name) => `${String(changes[name])} ${name}`).join(", ");
  const kinds = Object.entries(types)
    .sort(([, a], [, b]) => b - a)
    .map(([name, count]) => `${count} ${name}`)
    .join(", ");
  return [counts === "" ? "no resources" : counts, ...(kinds === "" ? [] : [kinds])].join(": ");
}

const names = (value: unknown): string =>
  Array.isArray(value)
    ? value.map((item) => (typeof item === "string" ? item : JSON.stringify(item))).join(", ")
    : typeof value === "object" && value !== null
      ? Object.keys(value).join(", ")
      : String(value);

function describeSystem(name: string, stack: string, output: SystemOutput): string[] {
  const rows = Object.entries(output)
    .filter(([key, value]) => key !== "seeded" && value !== null && value !== undefined && names(value) !== "")
    .map(([key, value]) => `    ${key}: ${typeof value === "string" ? value : names(value)}`);
  return [`  ${name} (stack ${stack})`, ...rows];
}

export function describeUp({ stacks, systems, applications, addresses, milliseconds }: Summary): string {
  return [
    "",
    "Stacks",
    ...stacks.map((result) => `  ${result.stack}: ${changesOf(result)} (${seconds(result.milliseconds)})`),
    "",
    "Systems",
    ...Object.entries(systems).flatMap(([stack, outputs]) =>
      Object.entries(outputs).flatMap(([name, output]) => describeSystem(name, stack, output)),
    ),
    ...(applications.length === 0
      ? []
      : [
          "",
          "Applications",
          ...table(
            ["  NAME", "SYNC", "HEALTH", "REVISION", "IMAGES"],
            applications.map(({ name, sync, health, revision, images }) => [
              `  ${name}`,
              sync,
              health,
              revision.slice(0, 8),
              images.join(" "),
            ]),
          ).split("\n"),
        ]),
    "",
    "Addresses",
    ...Object.entries(addresses).map(([name, address]) => `  ${name}: ${address}`),
    "",
    `Done in ${seconds(milliseconds)}.`,
  ].join("\n");
}

export function describePreview(stacks: readonly RunResult[]): string {
  return stacks.map((result) => `${result.stack}: ${changesOf(result)} (${seconds(result.milliseconds)})`).join("\n");
}
