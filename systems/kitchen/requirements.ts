import type { Requirement } from "../../model/requirement.ts";

/** What the system must do; each row has tests whose titles carry its id. */
export const requirements: readonly Requirement[] = [
  {
    id: "BK-1",
    kind: "pipe",
    text: "CI: quality, tests with 90 % coverage, infrastructure tests that may fail, summary; the report is kept for 30 days.",
  },
  {
    id: "BK-2",
    kind: "pipe",
    text: "Preprod is deployed first and watched: CI decides whether it stays; production takes a validated commit, by hand, after DEPLOY is typed.",
  },
  { id: "BK-3", kind: "pipe", text: "An hourly health check; documentation whose failure touches no deployment." },
  { id: "BK-4", kind: "gate", text: "main requires the checks that can fail; one that cannot is refused as a gate." },
  {
    id: "BK-5",
    kind: "gate",
    text: "The self-hosted runner serves the deploying workflows only, never a pull request of a fork; what needs an organization is refused with the reason.",
  },
  {
    id: "BK-6",
    kind: "gate",
    text: "Discord hears of failures of CI and documentation, of all of preprod and production, and of a service that is down.",
  },
  { id: "BK-7", kind: "target", text: "Two isolated containers on one Docker host; production runs only what preprod validated." },
  { id: "BK-8", kind: "op", text: "Local checks, promotion, rollback, and deployment windows: Tuesday to Thursday mornings." },
];
