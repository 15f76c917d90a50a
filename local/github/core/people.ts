/** Accounts as authors of commits. */
import type { Person } from "../git/commit.ts";
import { type AccountRecord, accounts } from "./records.ts";
import type { Store, Stored } from "./store.ts";

/** Who a commit by the API names: the account's address, or GitHub's `ID+LOGIN@users.noreply` form. */
export function personOf(account: Stored<AccountRecord>, date: string): Person {
  const { login, name, email } = account.value;
  return { name: name ?? login, email: email ?? noreplyAddress(account.id, login), date };
}

const noreplyAddress = (id: number, login: string): string => `${id}+${login}@users.noreply.github.com`;

/** The account whose address a commit carries, or undefined: how GitHub ties commits to users. */
export function accountOfAddress(store: Store, email: string): Stored<AccountRecord> | undefined {
  const [, login] = /^(?:\d+\+)?([\w-]+(?:\[bot\])?)@users\.noreply\.github\.com$/i.exec(email) ?? [];
  if (login !== undefined) return accounts(store).get(0, login);
  return accounts(store)
    .all()
    .find(({ value }) => value.type === "User" && value.email?.toLowerCase() === email.toLowerCase());
}
