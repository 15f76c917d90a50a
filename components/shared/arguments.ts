import * as pulumi from "@pulumi/pulumi";
import { refuse, type Fault } from "../../model/fault.ts";
import type { Shape } from "../../model/shape.ts";

/** A component's type token. Written once, because a changed token replaces everything below it. */
export type Token = `gatehouse:${string}:${string}`;

/** A shape for an argument that may be an Output: what is only known later is not judged here, GitHub or the cluster does. */
export function input(shape: Shape): Shape {
  return (value, path, faults) => (pulumi.Output.isInstance(value) || value instanceof Promise ? value : shape(value, path, faults));
}

/** Anything that was already judged elsewhere, such as a look-up or a secret. */
export const anything: Shape = (value) => value;

/**
 * Judges a component's arguments before anything is registered.
 *
 * @throws FaultsError that lists every fault with its property path.
 */
export function checkArguments(
  token: Token,
  name: string,
  shape: Shape,
  args: unknown,
  more: (faults: Fault[]) => void = () => undefined,
): void {
  const faults: Fault[] = [];
  shape(args, "", faults);
  more(faults);
  refuse(
    `${token.slice(token.lastIndexOf(":") + 1)} ${JSON.stringify(name)}`,
    faults.map((fault) => ({ ...fault, path: fault.path.replace(/^\./, "") || "args" })),
  );
}
