// Puts the site together: dist/ holds nothing that src/ does not.
import { cp, rm } from "node:fs/promises";

const [source, target] = ["src", "dist"].map(
  (name) => new URL(`${name}/`, import.meta.url),
);
await rm(target, { recursive: true, force: true });
await cp(source, target, { recursive: true });
