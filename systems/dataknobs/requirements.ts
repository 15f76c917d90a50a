import type { Requirement } from "../../model/requirement.ts";

/** What the system must do; each row has tests whose titles carry its id. */
export const requirements: readonly Requirement[] = [
  {
    id: "DK-1",
    kind: "pipe",
    text: "CI on pushes and pull requests to main and develop and daily: quality, security, six test combinations, packages.",
  },
  { id: "DK-2", kind: "pipe", text: "A version tag publishes four signed packages and a release; the documentation goes to Pages." },
  { id: "DK-3", kind: "pipe", text: "Every action is pinned to a commit, and the repository requires it." },
  { id: "DK-4", kind: "pipe", text: "Trivy with SARIF, Bandit, Safety, pip-audit and Semgrep; Slack hears of failures." },
  {
    id: "DK-5",
    kind: "gate",
    text: "main and develop require every check that always reports; what the original pipeline got wrong is reported and mended.",
  },
  {
    id: "DK-6",
    kind: "gate",
    text: "Three environments, each for the branches that deploy to it; production is reviewed; secrets are where they are used.",
  },
  { id: "DK-7", kind: "target", text: "One configuration per tier, the image of docker/Dockerfile.prod, deployed by Argo CD." },
  {
    id: "DK-8",
    kind: "op",
    text: "Deployment and health-check scripts, promotion from staging to production, a benchmark that finds regressions.",
  },
];
