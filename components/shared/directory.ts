import * as github from "@pulumi/github";
import * as pulumi from "@pulumi/pulumi";
import type { Fault } from "../../model/fault.ts";

/** A team by slug or a user by login, and what names it. */
export interface Actor {
  readonly kind: "team" | "user";
  readonly name: string;
  /** For people, such as `tier prod, reviewer of environment prod`. */
  readonly place: string;
}

/**
 * Numeric ids of teams and users of one owner, looked up by name once each.
 *
 * Everything that names an actor needs the number: a slug in `TeamRepository.teamId` is taken too, but replaces the grant and for a
 * moment revokes it.
 */
export class Directory {
  readonly #owner: string;
  readonly #provider: github.Provider;
  readonly #teams = new Map<string, Promise<number>>();
  readonly #users = new Map<string, Promise<number>>();
  readonly #members = new Map<string, Promise<readonly string[]>>();

  constructor(owner: string, provider: github.Provider) {
    this.#owner = owner;
    this.#provider = provider;
  }

  /** Id of a team by slug. */
  team(slug: string): pulumi.Output<number> {
    return pulumi.output(this.#team(slug));
  }

  /** Id of a user by login. */
  user(login: string): pulumi.Output<number> {
    return pulumi.output(this.#user(login));
  }

  /** Logins of a team's members in lower case, those of its child teams too: all who may review for it. Rejects where GitHub does not say. */
  members(slug: string): Promise<readonly string[]> {
    return remember(this.#members, slug, async () => {
      const { members } = await github.getTeam({ slug }, { provider: this.#provider });
      return members.map((login) => login.toLowerCase());
    });
  }

  /** Looks all of them up before anything is declared, and says of each that is not there what is wrong. */
  async judge(actors: readonly Actor[]): Promise<Fault[]> {
    const fix = "check the name, the token's rights and gatehouse:github; teams and users are looked up at GitHub, not made";
    const places = new Map<string, { readonly actor: Actor; readonly places: Set<string> }>();
    for (const actor of actors) {
      const key = `${actor.kind} ${actor.name.toLowerCase()}`;
      const known = places.get(key) ?? { actor, places: new Set() };
      places.set(key, known);
      known.places.add(actor.place);
    }
    const faults = await Promise.all(
      [...places.values()].map(({ actor: { kind, name }, places }) => {
        const what = kind === "team" ? `team ${this.#owner}/${name}` : `user ${name}`;
        return failureOf(kind === "team" ? this.#team(name) : this.#user(name), `${what} (${[...places].join("; ")})`);
      }),
    );
    // A wrong token, address or owner fails each of them for the same reason: that is one fault.
    const byRule = new Map<string, string[]>();
    for (const fault of faults) if (fault !== undefined) byRule.set(fault.rule, [...(byRule.get(fault.rule) ?? []), fault.path]);
    return [...byRule].map(([rule, paths]) => {
      const none = places.size > 1 && paths.length === places.size && rule.includes("404");
      const owner = none ? ` Either organization ${this.#owner} does not exist, or the token may not see its teams.` : "";
      return { path: paths.join(", "), value: undefined, rule: `${rule}${owner}`, fix };
    });
  }

  #team(slug: string): Promise<number> {
    // Without summaryOnly the look-up lists every member and repository of the team.
    return remember(this.#teams, slug, () => numbered(github.getTeam({ slug, summaryOnly: true }, { provider: this.#provider })));
  }

  #user(login: string): Promise<number> {
    return remember(this.#users, login.toLowerCase(), () => numbered(github.getUser({ username: login }, { provider: this.#provider })));
  }
}

async function failureOf(found: Promise<number>, what: string): Promise<Omit<Fault, "fix"> | undefined> {
  try {
    await found;
    return undefined;
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    // The engine puts "invocation of … returned an error: 1 error occurred: *" around what GitHub said.
    const said = text.replace(/^.*?1 errors? occurred:\s*\*\s*/s, "").trim();
    // The address is left out: it differs for each, and `what` says it already.
    const answer = (said.split("\n")[0] ?? said).replace(/^GET \S+: (\d{3} .*?)(?: \[\])?$/, "$1");
    return { path: what, value: undefined, rule: `GitHub does not give it: ${answer}.` };
  }
}

async function numbered(found: Promise<{ readonly id: string }>): Promise<number> {
  return Number((await found).id);
}

function remember<Found>(known: Map<string, Promise<Found>>, key: string, find: () => Promise<Found>): Promise<Found> {
  const found = known.get(key) ?? find();
  known.set(key, found);
  return found;
}
