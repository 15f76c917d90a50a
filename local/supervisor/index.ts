/** Services as data, and a process that keeps them running. It knows nothing about what the services are. */
export { supervisorStatus, superviseServices, stopServices, ensureSupervisor } from "./client.ts";
export { lastLines } from "./logs.ts";
export { takeLock, type Lock } from "./lock.ts";
export type { SupervisorStatus } from "./protocol.ts";
export * from "./service.ts";
export { Supervisor } from "./supervisor.ts";
