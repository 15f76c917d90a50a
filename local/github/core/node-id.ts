/** Global node ids in GitHub's present form: a prefix for the type, then base64url of MessagePack `[0, id]` (`R_kgDOAAAD6Q`). */
const PREFIX = {
  App: "A",
  Bot: "BOT",
  BranchProtectionRule: "BPR",
  CheckRun: "CR",
  CheckSuite: "CS",
  Commit: "C",
  CommitStatus: "SC",
  Deployment: "DE",
  DeploymentStatus: "DES",
  Environment: "EN",
  Gate: "GA",
  GateBranchPolicy: "GBP",
  Issue: "I",
  IssueComment: "IC",
  Label: "LA",
  Milestone: "MI",
  Organization: "O",
  Package: "PA",
  PackageVersion: "PV",
  PullRequest: "PR",
  PullRequestReview: "PRR",
  PullRequestReviewComment: "PRRC",
  Ref: "REF",
  Release: "RE",
  ReleaseAsset: "RA",
  Repository: "R",
  RepositoryInvitation: "RI",
  RepositoryRuleset: "RRS",
  Tag: "TAG",
  Team: "T",
  User: "U",
  Workflow: "W",
  WorkflowRun: "WFR",
} as const;

export type NodeType = keyof typeof PREFIX;

const typeOf = new Map<string, NodeType>(Object.entries(PREFIX).map(([type, prefix]) => [prefix, type as NodeType]));

/** The node id of a record: type and number, both readable again by `parseNodeId`. */
export function nodeId(type: NodeType, id: number): string {
  const packed = Buffer.alloc(7);
  packed.set([0x92, 0x00, 0xce]);
  packed.writeUInt32BE(id, 3);
  return `${PREFIX[type]}_${packed.toString("base64url")}`;
}

/** Type and number of a node id, or undefined when it is not one of ours. */
export function parseNodeId(text: string): { type: NodeType; id: number } | undefined {
  const [, prefix = "", payload = ""] = /^([A-Z]+)_([\w-]{10})$/.exec(text) ?? [];
  const type = typeOf.get(prefix);
  const packed = Buffer.from(payload, "base64url");
  if (!type || packed.length !== 7) return undefined;
  return { type, id: packed.readUInt32BE(3) };
}
