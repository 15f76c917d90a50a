import type { BadCase } from "./bad-systems.ts";
export const badStrategies: readonly BadCase[] = [];
