import type { Service } from "./service.ts";

type Node = Pick<Service, "name" | "dependsOn">;

/**
 * Checks names and dependencies of services.
 * @throws one Error that lists every fault: a name twice, a dependency that is not there, a circle.
 */
export function checkOrder(services: readonly Node[]): void {
  const faults: string[] = [];
  const names = new Set<string>();
  for (const { name } of services) {
    if (names.has(name)) faults.push(`${name}: declared twice; give each service a name of its own`);
    if (!/^[a-z0-9-]+$/.test(name)) faults.push(`${JSON.stringify(name)}: a name has lower case letters, digits and "-" only`);
    names.add(name);
  }
  for (const { name, dependsOn } of services) {
    for (const needed of dependsOn) if (!names.has(needed)) faults.push(`${name}: depends on ${needed}, which is not declared`);
  }
  const circle = findCircle(services);
  if (circle) faults.push(`${circle.join(" -> ")}: depend on each other in a circle; remove one of the dependencies`);
  if (faults.length > 0) throw new Error(`The services cannot be ordered:\n${faults.map((fault) => `  ${fault}`).join("\n")}`);
}

function findCircle(services: readonly Node[]): string[] | undefined {
  const byName = new Map(services.map((service) => [service.name, service]));
  const done = new Set<string>();
  const visit = (name: string, path: readonly string[]): string[] | undefined => {
    if (path.includes(name)) return [...path.slice(path.indexOf(name)), name];
    if (done.has(name)) return undefined;
    for (const needed of byName.get(name)?.dependsOn ?? []) {
      const circle = visit(needed, [...path, name]);
      if (circle) return circle;
    }
    done.add(name);
    return undefined;
  };
  for (const { name } of services) {
    const circle = visit(name, []);
    if (circle) return circle;
  }
  return undefined;
}

/** The names given and everything that depends on them, directly or not. */
export function withDependents(services: readonly Node[], names: Iterable<string>): Set<string> {
  const found = new Set(names);
  let before: number;
  do {
    before = found.size;
    for (const { name, dependsOn } of services) if (dependsOn.some((needed) => found.has(needed))) found.add(name);
  } while (found.size > before);
  return found;
}

/**
 * Runs `action` for every node, as parallel as dependencies allow: forward after all that it depends on, in reverse after all that
 * depend on it. A rejection does not stop the others; nodes behind it are skipped. Resolves when nothing is left to do.
 */
export async function walk<T extends Node>(nodes: readonly T[], direction: "forward" | "reverse", action: (node: T) => Promise<void>) {
  const results = new Map<string, Promise<boolean>>();
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const failures: unknown[] = [];
  const before = (node: T): T[] =>
    direction === "forward"
      ? node.dependsOn.flatMap((name) => byName.get(name) ?? [])
      : nodes.filter((other) => other.dependsOn.includes(node.name));
  const visit = (node: T): Promise<boolean> => {
    const known = results.get(node.name);
    if (known) return known;
    const result = (async () => {
      const clear = await Promise.all(before(node).map(visit));
      if (!clear.every(Boolean)) return false;
      try {
        await action(node);
        return true;
      } catch (error) {
        failures.push(error);
        return false;
      }
    })();
    results.set(node.name, result);
    return result;
  };
  await Promise.all(nodes.map(visit));
  return failures;
}
