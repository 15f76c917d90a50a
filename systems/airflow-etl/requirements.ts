import type { Requirement } from "../../model/requirement.ts";

/** What the system must do; each row has tests whose titles carry its id. */
export const requirements: readonly Requirement[] = [
  {
    id: "AF-1",
    kind: "pipe",
    text: "CI lints, tests with PostgreSQL 15, validates DAGs, scans for vulnerabilities and summarizes with a comment; on pushes to main, develop and feature branches, pull requests to main and develop, and by dispatch.",
  },
  {
    id: "AF-2",
    kind: "pipe",
    text: "Staging is deployed after a merge to main or by dispatch; production by dispatch only, with version and reason, a backup kept for 90 days, a shift by 10, 50 and 100 %, a report and an emergency rollback.",
  },
  { id: "AF-3", kind: "gate", text: "main and develop require lint, test, DAG validation and the summary; merges are squashed." },
  {
    id: "AF-4",
    kind: "gate",
    text: "Production is approved by two different people, five minutes apart at least, none of them whoever asked and no administrator without them; staging is automatic, but only after CI succeeded for that commit.",
  },
  {
    id: "AF-5",
    kind: "target",
    text: "Applications for staging and production; scheduler rolling, webserver blue-green, workers by 10, 50 and 100 %, in that order.",
  },
  { id: "AF-6", kind: "gate", text: "Alerts by rule to Slack, e-mail and PagerDuty; each secret only where it is used." },
  {
    id: "AF-7",
    kind: "op",
    text: "Rollback by kind from the decision matrix; figures from run history; coverage below 80 % warns.",
  },
];
