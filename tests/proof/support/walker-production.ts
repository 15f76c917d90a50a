/**
 * Plays a small world: lets each person and each machine do, one after the other, whatever GitHub lets them, and looks whether production
 * then runs something that nobody else has approved, or that its check has not passed. Every state is visited; nothing is concluded.
 */
import type { ProofWorldInput } from "../../../proof/index.ts";
import { WalkedWorld, type Rules } from "./walked-world.ts";

type Face = "self" | "token" | "app";

interface Player {
  readonly kind: "person" | "token" | "deployKey" | "app";
  readonly role: "push" | "admin" | "none";
  /** Ids of teams; every one there is for whom nobody excludes it. */
  readonly teams: readonly string[] | "every";
  readonly isOwner: boolean;
  readonly names: readonly string[] | "every";
}

/** A pull request as GitHub has it. `others` have approved it when it was harmless. */
interface PullRequest {
  readonly author: Face | "other";
  readonly pusher: Face | "other";
  readonly harmless: boolean;
  readonly others: boolean;
  readonly approvals: readonly Face[];
}

export function changesProductionUngated(input: ProofWorldInput): boolean {
  const world = new WalkedWorld(input);
  return playersOf(world).some((player) => new Game(world, player).reachesProduction());
}

function playersOf(world: WalkedWorld): readonly Player[] {
  const person = { kind: "person", isOwner: false } as const;
  const people: Player[] = world.access.map(({ team, teamName, login, permission }) => ({
    ...person,
    role: permission === "admin" ? "admin" : "push",
    teams: team === undefined ? [] : [team],
    names: [teamName ?? login ?? ""],
  }));
  people.push({ ...person, role: "admin", isOwner: !world.account.isUser, teams: "every", names: "every" });
  const machine = { role: "none", teams: [], isOwner: false, names: [] } as const;
  if (world.jobWrites) people.push({ ...machine, kind: "token" });
  if (world.kind("RepositoryDeployKey").length > 0) people.push({ ...machine, kind: "deployKey" });
  people.push({ ...machine, kind: "app" });
  return people;
}

class Game {
  readonly #world: WalkedWorld;
  readonly #player: Player;
  readonly #alone: boolean;
  /** What the player has got hold of so far. */
  readonly #has = new Set<"topic" | "token" | "app" | "environment" | "production" | `head ${string}` | `code ${string}`>();

  constructor(world: WalkedWorld, player: Player) {
    this.#world = world;
    this.#player = player;
    this.#alone = world.account.isUser && world.access.length === 0;
  }

  reachesProduction(): boolean {
    for (let before = -1; before < this.#has.size;) {
      before = this.#has.size;
      this.#round();
      if (this.#has.has("production")) return true;
    }
    return false;
  }

  #round(): void {
    const branch = this.#world.productionBranch;
    if (this.#changes(branch, this.#world.paths)) this.#has.add("production");
    if (this.#player.kind !== "person" || this.#alone) return;
    if (this.#pushes("topic", "self")) this.#has.add("topic");
    if (this.#has.has("topic")) this.#has.add("token");
    if (this.#has.has("token") && this.#world.followsMovingTag) this.#has.add("production");
    if (this.#has.has("token") && this.#world.kind("ActionsSecret").length > 0) this.#has.add("app");
    if (this.#entersEnvironment()) {
      if (this.#world.kind("ActionsEnvironmentSecret").length > 0) this.#has.add("app");
      if (this.#world.isTrusted) this.#has.add("production");
    }
  }

  #entersEnvironment(): boolean {
    const [environment] = this.#world.kind("RepositoryEnvironment");
    if (environment === undefined) return false;
    const reviewed = environment.get("reviewers") !== undefined;
    const skips = this.#player.role === "admin" && environment.get("canAdminsBypass") === true;
    const approvesOwn = environment.get("preventSelfReview") !== true;
    if (reviewed && !skips && !approvesOwn) return false;
    const [policy] = this.#world.kind("RepositoryEnvironmentDeploymentPolicy");
    if (policy === undefined) return this.#has.has("token");
    if (policy.get("tagPattern") !== undefined) return this.#has.has("topic");
    const branch = policy.get("branchPattern") === "main" ? "main" : "x/x";
    return this.#changes(
      branch,
      this.#world.paths.filter((path) => !path.startsWith("deploy/")),
    );
  }

  /** Can a change of one of these files get to the branch, and nobody else has approved it, or its check has not passed? */
  #changes(branch: string, paths: readonly string[]): boolean {
    const faces = this.#faces();
    if (faces.some((face) => this.#pushes(branch, face))) return true;
    if (this.#player.kind === "deployKey") return false;
    return paths.some((path) => this.#mergesAlone(branch, path, faces)) || this.#mergesUnchecked(branch);
  }

  #faces(): readonly Face[] {
    if (this.#player.kind !== "person" || this.#alone) return ["self"];
    return ["self", ...(["token", "app"] as const).filter((face) => this.#has.has(face))];
  }

  #isAround({ bypass }: Rules, face: Face, by: "push" | "merge"): boolean {
    const { kind, role, teams, isOwner } = this.#player;
    return bypass.some(({ type, id, always }) => {
      if (!always && by === "push") return false;
      const asApp = face === "app" || kind === "app";
      const asToken = face === "token" || kind === "token";
      if (type === "Integration") return id === "15368" ? asToken : asApp;
      if (face !== "self") return false;
      if (type === "Team") return teams === "every" || teams.includes(id);
      if (type === "RepositoryRole") return role === "admin";
      return type === "OrganizationAdmin" ? isOwner : kind === "deployKey";
    });
  }

  #pushes(branch: string, face: Face): boolean {
    const rules = this.#world.rulesOf(branch);
    // The machine of kind app is one that some rule names: without a rule nothing is known of it.
    if (this.#player.kind === "app" && !isNamed(this.#world)) return false;
    return rules.every((each) => each.review === undefined || this.#isAround(each, face, "push"));
  }

  #mergesAlone(branch: string, path: string, faces: readonly Face[]): boolean {
    const seen = new Set<string>();
    const waiting: PullRequest[] = [...this.#openings(faces)];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const key = JSON.stringify(next);
      if (seen.has(key)) continue;
      seen.add(key);
      const current = next;
      if (!current.harmless && faces.some((face) => this.#mayMerge(branch, path, current, face))) return true;
      waiting.push(...this.#moves(current, faces));
    }
    return false;
  }

  *#openings(faces: readonly Face[]): Iterable<PullRequest> {
    for (const author of faces) {
      if (author === "token" && !this.#world.mayApprove) continue;
      for (const harmless of [true, false]) yield { author, pusher: author, harmless, others: false, approvals: [] };
    }
    if (this.#has.has("topic")) yield { author: "other", pusher: "other", harmless: true, others: false, approvals: [] };
  }

  *#moves(current: PullRequest, faces: readonly Face[]): Iterable<PullRequest> {
    if (current.harmless && !this.#alone && this.#player.kind === "person") yield { ...current, others: true };
    const mine = current.author !== "other" || this.#has.has("topic");
    // What a job's token pushes counts as pushed by whoever started the job.
    for (const face of faces) if (mine) yield { ...current, pusher: face === "token" ? "self" : face, harmless: false, approvals: [] };
    if (current.harmless || this.#player.kind !== "person") return;
    for (const face of faces) {
      if (face === current.author || current.approvals.includes(face) || (face === "token" && !this.#world.mayApprove)) continue;
      yield { ...current, approvals: [...current.approvals, face].sort() };
    }
  }

  #mayMerge(branch: string, path: string, { pusher, others, approvals }: PullRequest, face: Face): boolean {
    const rules = this.#world.rulesOf(branch);
    const left = rules.filter((each) => !this.#isAround(each, face, "merge"));
    const reviews = left.flatMap(({ review }) => review ?? []);
    const count = Math.max(0, ...reviews.map((each) => each.count));
    const around = left.length < rules.length;
    if (this.#player.kind === "app" && !isNamed(this.#world)) return false;
    const owners = reviews.some((each) => each.owners) ? this.#world.ownersOf(path) : [];
    const asked = count > 0 || owners.length > 0;
    // Nobody else is there to approve: only rules that are stepped around are a way past them.
    if (this.#alone) return around && !asked;
    if (this.#player.kind !== "person") {
      // Checks start for nobody's token.
      const unchecked = this.#player.kind === "token" && left.some(({ checks }) => checks.length > 0) && !around;
      return !asked && !unchecked;
    }
    const counts = others && !reviews.some((each) => each.dismiss);
    if (!counts && approvals.length < count) return false;
    const owns = this.#player.names === "every" || owners.some((name) => (this.#player.names as readonly string[]).includes(name));
    if (owners.length > 0 && !counts && !(approvals.includes("self") && owns)) return false;
    const lastPush = count > 0 && reviews.some((each) => each.lastPush);
    return !lastPush || approvals.some((by) => by !== pusher);
  }

  /** The others approve what they see, and do not wait for a check that nothing requires. */
  #mergesUnchecked(branch: string): boolean {
    const declared = ["main", "release"].includes(branch) && this.#world.startsOn(branch, "anything", "fork");
    if (this.#player.kind !== "person" || !declared) return false;
    const left = this.#world.rulesOf(branch).filter((each) => !this.#isAround(each, "self", "merge"));
    return !left.some(({ checks }) => checks.some(({ pinned }) => pinned));
  }
}

const isNamed = (world: WalkedWorld): boolean =>
  [...world.kind("RepositoryRuleset"), ...world.kind("OrganizationRuleset")].some((each) =>
    (each.get("bypassActors") as { actorType: string; actorId?: number }[]).some(
      ({ actorType, actorId }) => actorType === "Integration" && actorId !== 15_368,
    ),
  );
