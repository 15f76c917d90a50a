/** The secrets that reached the local GitHub, opened in this process for comparison; and those that the command generated. */
import { readFile } from "node:fs/promises";
import path from "node:path";

import { accounts, environments, repositories } from "../../../local/github/core/records.ts";
import { SqliteStore } from "../../../local/github/core/sqlite-store.ts";
import { openSecret } from "../../../local/github/families/secrets/index.ts";

type Values = Record<string, Record<string, string>>;

export interface OpenedSecrets {
  /** Environment → name → value, as they arrived. */
  readonly environment: Values;
  /** System → scope → name → value, as they were generated. */
  readonly given: Record<string, Values>;
}

export async function openedSecrets(home: string, { owner, repo }: { owner: string; repo: string }): Promise<OpenedSecrets> {
  const { values: given } = JSON.parse(await readFile(path.join(home, "secrets.json"), "utf8")) as { values: Record<string, Values> };
  const store = new SqliteStore(path.join(home, "github/state.sqlite"));
  try {
    const account = accounts(store.reader).get(0, owner);
    const repository = account && repositories(store.reader).get(account.id, repo);
    if (repository === undefined) throw new Error(`${owner}/${repo} is not at the local GitHub`);
    const environment: Values = {};
    for (const { id, key } of environments(store.reader).list(repository.id)) {
      const names = new Set(Object.values(given).flatMap((scopes) => Object.keys(scopes[key] ?? {})));
      for (const name of names) {
        const value = await openSecret(store.reader, path.join(home, "github/git"), { app: "actions", ownerId: id, name });
        if (value !== undefined) (environment[key] ??= {})[name] = value;
      }
    }
    return { environment, given };
  } finally {
    store.close();
  }
}
