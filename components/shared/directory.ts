import * as github from "@pulumi/github";
import type * as pulumi from "@pulumi/pulumi";

/**
 * Numeric ids of teams and users of one owner, looked up by name once each.
 *
 * Everything that names an actor needs the number: a slug in `TeamRepository.teamId` is taken too, but replaces the grant and for a
 * moment revokes it.
 */
export class Directory {
  readonly #provider: github.Provider;
  readonly #teams = new Map<string, pulumi.Output<number>>();
  readonly #users = new Map<string, pulumi.Output<number>>();

  constructor(provider: github.Provider) {
    this.#provider = provider;
  }

  /** Id of a team by slug. The team must exist: a name that does not is an error at preview. */
  team(slug: string): pulumi.Output<number> {
    return remember(this.#teams, slug, () =>
      // Without summaryOnly the look-up lists every member and repository of the team.
      github.getTeamOutput({ slug, summaryOnly: true }, { provider: this.#provider }).id.apply(Number),
    );
  }

  /** Id of a user by login. */
  user(login: string): pulumi.Output<number> {
    return remember(this.#users, login.toLowerCase(), () =>
      github.getUserOutput({ username: login }, { provider: this.#provider }).id.apply(Number),
    );
  }
}

function remember<Value>(known: Map<string, Value>, key: string, make: () => Value): Value {
  const value = known.get(key) ?? make();
  known.set(key, value);
  return value;
}
