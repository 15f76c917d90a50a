import type { Strategy } from "../../model/strategy.ts";

/**
 * How production is updated: scheduler, webserver, workers, each when the one before is healthy.
 *
 * - The scheduler one by one: two run at all times, and none of them serves anybody.
 * - The webserver blue-green: the new version is asked for five minutes beside the old one, then one switch. The old one stays for half
 *   an hour, so that the way back takes less than a minute.
 * - The workers by 10, 50 and 100 %, with five minutes to watch each. They take their tasks from one queue, so the share of pods is the
 *   share of work; ten of them, or 10 % would be no whole pod.
 */
export const strategies: readonly Strategy[] = [
  { kind: "rolling", workload: "airflow-scheduler", replicas: 2, maxSurge: 1, maxUnavailable: 0 },
  {
    kind: "blueGreen",
    workload: "airflow-webserver",
    replicas: 2,
    after: ["airflow-scheduler"],
    activeService: "airflow-webserver",
    previewService: "airflow-webserver-preview",
    promoteAfterMinutes: 5,
    keepOldMinutes: 30,
    analysis: { service: "airflow-webserver-preview", port: 8080, path: "/health", intervalSeconds: 60, count: 6 },
  },
  {
    kind: "canary",
    workload: "airflow-workers",
    replicas: 10,
    after: ["airflow-webserver"],
    steps: [{ weight: 10, pauseMinutes: 5 }, { weight: 50, pauseMinutes: 5 }, { weight: 100 }],
  },
];
