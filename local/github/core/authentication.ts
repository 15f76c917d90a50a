/** From the `Authorization` header to the caller. */
import { hashToken, tokens } from "../world.ts";
import { badCredentials } from "./errors.ts";
import type { Actor } from "./family.ts";
import { accounts } from "./records.ts";
import type { Store } from "./store.ts";

export const ANONYMOUS: Actor = { login: "", id: 0, kind: "Anonymous", siteAdmin: false, scopes: [] };

/**
 * The caller that a header names: `Bearer TOKEN`, `token TOKEN`, or Basic with the token as password (git) or as user name.
 * @throws ApiError 401 for a token that the server does not know.
 */
export function authenticate(store: Store, authorization: string | undefined): Actor {
  if (authorization === undefined || authorization === "") return ANONYMOUS;
  for (const candidate of candidates(authorization)) {
    const known = tokens(store).get(0, hashToken(candidate));
    const account = known && accounts(store).get(0, known.value.login);
    if (account) {
      const { login, siteAdmin } = account.value;
      return { login, id: account.id, kind: "User", siteAdmin, scopes: known.value.scopes };
    }
  }
  throw badCredentials();
}

function candidates(authorization: string): string[] {
  const [, scheme = "", value = ""] = /^(\w+)\s+(.+)$/.exec(authorization.trim()) ?? [];
  if (/^(bearer|token)$/i.test(scheme)) return [value];
  if (!/^basic$/i.test(scheme)) return [];
  const [user = "", ...password] = Buffer.from(value, "base64").toString("utf8").split(":");
  return [password.join(":"), user].filter((text) => text !== "");
}
