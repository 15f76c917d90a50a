/** Builds every program from the caches that the environment names; `run.ts --cold` gives it empty ones. */
import { BINARY_NAMES, ensureBinaries } from "../../local/engine/binaries.ts";
import { terminalReport } from "../../local/engine/builder/terminal.ts";

await ensureBinaries(BINARY_NAMES, terminalReport(process.stderr));
