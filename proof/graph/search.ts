/** The fewest steps from what somebody has to what they must not get. */
import type { Step } from "../theorem.ts";

/** Something that has been reached. @example "branch main" */
export type Fact = string;

/** An edge of the graph: who has reached all of `from` reaches `to` by these steps. */
export interface Edge {
  readonly from: readonly Fact[];
  readonly to: Fact;
  /** None where one fact is but another name of the other. */
  readonly steps: readonly Step[];
}

/**
 * The fewest steps to a fact, in an order in which they can be taken; `undefined` where none lead there.
 *
 * Knuth's generalization of Dijkstra's algorithm to edges with more than one start: a fact costs its edge's steps and all that the edge
 * starts from. What two starts have in common is counted twice, but listed once.
 */
export function shortestPath(edges: readonly Edge[], goal: Fact): readonly Step[] | undefined {
  const reached = new Map<Fact, { readonly cost: number; readonly by: Edge }>();
  for (;;) {
    let best: { readonly cost: number; readonly by: Edge } | undefined;
    for (const edge of edges) {
      if (reached.has(edge.to)) continue;
      const costs = edge.from.map((fact) => reached.get(fact)?.cost);
      if (costs.includes(undefined)) continue;
      const cost = costs.reduce<number>((sum, each) => sum + (each ?? 0), edge.steps.length);
      if (best === undefined || cost < best.cost) best = { cost, by: edge };
    }
    if (best === undefined) return undefined;
    reached.set(best.by.to, best);
    if (best.by.to === goal) return stepsTo(goal, reached);
  }
}

function stepsTo(goal: Fact, reached: ReadonlyMap<Fact, { readonly by: Edge }>): readonly Step[] {
  const done = new Set<Fact>();
  const steps: Step[] = [];
  const visit = (fact: Fact): void => {
    if (done.has(fact)) return;
    done.add(fact);
    const edge = reached.get(fact)?.by;
    if (edge === undefined) return;
    edge.from.forEach(visit);
    steps.push(...edge.steps);
  };
  visit(goal);
  return steps;
}
