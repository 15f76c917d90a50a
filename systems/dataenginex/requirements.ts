import type { Requirement } from "../../model/requirement.ts";

/** What the system must do; each row has tests whose titles carry its id. */
export const requirements: readonly Requirement[] = [
  {
    id: "DEX-1",
    kind: "pipe",
    text: "Continuous Integration on pushes and pull requests to main and dev: lint and tests always, integration tests by label or dispatch.",
  },
  { id: "DEX-2", kind: "pipe", text: "CodeQL and Semgrep on pushes and pull requests to main and dev." },
  {
    id: "DEX-3",
    kind: "pipe",
    text: "The package is built and checked on every push to main and dev, and on pull requests that touch it.",
  },
  {
    id: "DEX-4",
    kind: "pipe",
    text: "CD starts only when three workflows succeeded for the same commit, builds, scans and attests the image, and proposes the overlay; a refused push is reported as waiting for approval, never as success.",
  },
  {
    id: "DEX-5",
    kind: "pipe",
    text: "A changed version on main makes tag and release; publishing goes to TestPyPI first, to PyPI only for a stable version of a changed package.",
  },
  {
    id: "DEX-6",
    kind: "gate",
    text: "main and dev need a reviewed pull request and checks that always report, main signed commits; release tags cannot be moved or deleted.",
  },
  {
    id: "DEX-7",
    kind: "gate",
    text: "Environments dev, prod, testpypi and pypi: prod reviewed and from main only, pypi from its tags only, publishing by OpenID Connect.",
  },
  {
    id: "DEX-8",
    kind: "target",
    text: "One Application and one AppProject per tier, automated with prune and self-heal, allowing just what the tier needs.",
  },
  { id: "DEX-9", kind: "target", text: "Production syncs in business hours, only signed commits; a rollback stays possible in a freeze." },
  { id: "DEX-10", kind: "target", text: "The image is scanned, its sha- tags never move, and both namespaces can pull it." },
  {
    id: "DEX-11",
    kind: "op",
    text: "Promotion by pull request, of the branch or of one image; rollback of each tier, and an emergency path after which Git is brought back in line.",
  },
  { id: "DEX-12", kind: "op", text: "Success rates from run history: CI above 95 %, CD and deployments above 99 %." },
  {
    id: "DEX-13",
    kind: "op",
    text: "Strategies, smoke and load tests, Slack notifications, rollback on failed health, generated release notes.",
  },
];
