/** Matches a method and address to an operation, in a tree of segments: the description's 1,471 operations cost no more than a few. */
import type { Operation } from "./description.ts";

interface Node {
  readonly literal: Map<string, Node>;
  readonly parameters: { readonly multi: boolean; readonly node: Node }[];
  readonly operations: Map<string, Operation>;
}

export interface Match {
  readonly operation: Operation;
  /** Values of the path's parameters, decoded. */
  readonly values: Readonly<Record<string, string>>;
}

const newNode = (): Node => ({ literal: new Map(), parameters: [], operations: new Map() });

export class Router {
  private readonly root = newNode();

  constructor(operations: readonly Operation[]) {
    for (const operation of operations) this.add(operation);
  }

  private add(operation: Operation): void {
    let node = this.root;
    for (const segment of segmentsOf(operation.path)) {
      const name = parameterName(segment);
      if (name === undefined) {
        const next = node.literal.get(segment) ?? newNode();
        node.literal.set(segment, next);
        node = next;
        continue;
      }
      const multi = operation.parameters.some((parameter) => parameter.name === name && parameter["x-multi-segment"] === true);
      const known = node.parameters.find((edge) => edge.multi === multi);
      const next = known?.node ?? newNode();
      if (!known) node.parameters.push({ multi, node: next });
      // Addresses differ in their parameters' names, so the name is taken from the operation when a match is read.
      node.parameters.sort((a, b) => Number(a.multi) - Number(b.multi));
      node = next;
    }
    node.operations.set(operation.method, operation);
  }

  /** @param path of a request, without query, still percent-encoded. @throws URIError when it is not well encoded. */
  match(method: string, path: string): Match | undefined {
    const segments = segmentsOf(path);
    const taken: string[] = [];
    const walk = (node: Node, at: number): Operation | undefined => {
      if (at === segments.length) return node.operations.get(method);
      const segment = segments[at] ?? "";
      const literal = node.literal.get(segment);
      const found = literal && walk(literal, at + 1);
      if (found) return found;
      for (const edge of node.parameters) {
        const furthest = edge.multi ? segments.length : at + 1;
        // The shortest value first, so that `commits/REF/statuses` asks for statuses; `branches/feature/x` fits no shorter one.
        for (let end = at + 1; end <= furthest; end += 1) {
          taken.push(segments.slice(at, end).map(decodeURIComponent).join("/"));
          const deeper = walk(edge.node, end);
          if (deeper) return deeper;
          taken.pop();
        }
      }
      return undefined;
    };
    const operation = walk(this.root, 0);
    if (!operation) return undefined;
    const names = segmentsOf(operation.path).flatMap((segment) => parameterName(segment) ?? []);
    return { operation, values: Object.fromEntries(names.map((name, index) => [name, taken[index] ?? ""])) };
  }
}

const segmentsOf = (path: string): string[] => path.split("/").filter((segment) => segment !== "");

const parameterName = (segment: string): string | undefined => /^\{(.+)\}$/.exec(segment)?.[1];
