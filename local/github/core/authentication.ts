/** From the `Authorization` header to the caller. */
import { appOfJwt, looksLikeJwt } from "../families/apps/jwt.ts";
import { hashToken, type TokenRecord, tokens } from "../world.ts";
import { badCredentials } from "./errors.ts";
import type { Actor } from "./family.ts";
import type { Grant } from "./grants.ts";
import { accounts, repositories } from "./records.ts";
import type { Store } from "./store.ts";

export const ANONYMOUS: Actor = { login: "", id: 0, kind: "Anonymous", siteAdmin: false, scopes: [] };

/**
 * The caller that a header names: `Bearer TOKEN`, `token TOKEN`, or Basic with the token as password (git) or as user name. A `Bearer`
 * may also be an app's JSON web token.
 * @throws ApiError 401 for a token that the server does not know or that has expired.
 */
export function authenticate(store: Store, authorization: string | undefined): Actor {
  if (authorization === undefined || authorization === "") return ANONYMOUS;
  for (const candidate of candidates(authorization)) {
    const known = tokens(store).get(0, hashToken(candidate));
    const account = known && accounts(store).get(0, known.value.login);
    if (account) {
      const { expiresAt, scopes } = known.value;
      if (expiresAt !== undefined && Date.parse(expiresAt) <= Date.now()) break;
      const { login, siteAdmin, type } = account.value;
      const grant = grantOf(store, known.value);
      return { login, id: account.id, kind: type === "Bot" ? "Bot" : "User", siteAdmin, scopes, ...(grant && { grant }) };
    }
    if (/^bearer\s/i.test(authorization.trim()) && looksLikeJwt(candidate)) return appItself(store, candidate);
  }
  throw badCredentials();
}

function appItself(store: Store, token: string): Actor {
  const { id, slug, permissions } = appOfJwt(store, token);
  const grant: Grant = { kind: "app", permissions, accountId: 0, appId: id };
  return { login: slug, id: 0, kind: "Bot", siteAdmin: false, scopes: [], grant };
}

/** A token that names repositories reaches those of them that exist. */
function grantOf(store: Store, { grant }: TokenRecord): Grant | undefined {
  if (!grant) return undefined;
  const { repositories: names, ...rest } = grant;
  if (names === undefined) return rest;
  return { ...rest, repositoryIds: names.flatMap((name) => repositories(store).get(rest.accountId, name)?.id ?? []) };
}

function candidates(authorization: string): string[] {
  const [, scheme = "", value = ""] = /^(\w+)\s+(.+)$/.exec(authorization.trim()) ?? [];
  if (/^(bearer|token)$/i.test(scheme)) return [value];
  if (!/^basic$/i.test(scheme)) return [];
  const [user = "", ...password] = Buffer.from(value, "base64").toString("utf8").split(":");
  return [password.join(":"), user].filter((text) => text !== "");
}
