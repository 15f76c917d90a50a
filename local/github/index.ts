/** The local GitHub: an API server with state, for `gatehouse local` and for tests. */
export { type GitHubOptions, type RunningGitHub, startServer } from "./core/server.ts";
export type { FaultRule } from "./core/faults.ts";
export type { LogEntry, LogSummary } from "./core/request-log.ts";
export type { World } from "./world.ts";
