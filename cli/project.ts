/** Where things are: the project that this command belongs to, and the one folder that holds everything local. */
import path from "node:path";

export const projectDir = path.resolve(import.meta.dirname, "..");

/** Removed by `gatehouse local reset`. */
export const stateDir = path.resolve(process.env["GATEHOUSE_HOME"] ?? path.join(projectDir, ".gatehouse"));

/** Name in Pulumi.yaml; part of every state path of a file backend. */
export const projectName = "gatehouse";
