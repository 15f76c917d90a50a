import type { Requirement } from "../../model/requirement.ts";

/** What the system must do; each row has tests whose titles carry its id. */
export const requirements: readonly Requirement[] = [
  {
    id: "AKS-1",
    kind: "pipe",
    text: "CI, dbt CI, Security and Schema Quality on pushes and pull requests to main; releases by Release Please, signed with Sigstore; CD Deploy.",
  },
  { id: "AKS-2", kind: "gate", text: "Exactly 18 required checks on main, each of which reports on every pull request and can fail." },
  {
    id: "AKS-3",
    kind: "gate",
    text: "One commit a pull request, called as its title, a Conventional Commit; linear history; code owners that exist.",
  },
  {
    id: "AKS-4",
    kind: "gate",
    text: "Environments dev, staging and prod, the last two reviewed; Azure trusts the OpenID Connect subject of each, and no cloud key is stored.",
  },
  {
    id: "AKS-5",
    kind: "target",
    text: "Three deployments from k8s/aks by one Application per tier: dev on merge to main, staging and prod by dispatch with image tags.",
  },
  { id: "AKS-6", kind: "target", text: "Images in GHCR under the repository's owner, scanned, by tags that never move." },
  { id: "AKS-7", kind: "op", text: "Rollback of the three deployments, with Git brought in line." },
];
