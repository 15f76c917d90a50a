/** JSON web tokens, by which an app says who it is. */
import { verify } from "node:crypto";
import { ApiError } from "../../core/errors.ts";
import type { Store } from "../../core/store.ts";
import { type AppRecord, registeredApps } from "./apps.ts";

const undecodable = (): ApiError => new ApiError(401, "A JSON web token could not be decoded");

/** GitHub lets a token live this long, in seconds. */
const LONGEST = 600;

/** Is this text a JSON web token by its look? */
export const looksLikeJwt = (text: string): boolean => /^[\w-]+\.[\w-]+\.[\w-]+$/.test(text);

/** The client id of an app, which may stand for its number. */
export const clientIdOf = (id: number): string => `Iv1.${id.toString(16).padStart(16, "0")}`;

/**
 * The app that a token speaks for.
 *
 * @param now Seconds since 1970.
 * @throws ApiError 401 in GitHub's words: not decodable, no such app, a wrong signature, or a life that is over or too long.
 */
export function appOfJwt(store: Store, token: string, now = Date.now() / 1_000): AppRecord {
  const [head = "", body = "", signature = ""] = token.split(".");
  const { alg } = part(head);
  const { iss, iat, exp } = part(body);
  if (alg !== "RS256" || typeof exp !== "number" || typeof iat !== "number") throw undecodable();
  const app = registeredApps(store)
    .all()
    .find(({ id }) => String(iss) === String(id) || iss === clientIdOf(id));
  if (!app) throw new ApiError(404, "Integration not found");
  const signed = verify("RSA-SHA256", Buffer.from(`${head}.${body}`), app.value.publicKey, Buffer.from(signature, "base64url"));
  if (!signed) throw undecodable();
  if (exp <= now)
    throw new ApiError(
      401,
      "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires",
    );
  if (exp > now + LONGEST) throw new ApiError(401, "'Expiration time' claim ('exp') is too far in the future");
  if (iat > now + 60)
    throw new ApiError(401, "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued");
  return { ...app.value, id: app.id };
}

function part(text: string): Readonly<Record<string, unknown>> {
  try {
    const value = JSON.parse(Buffer.from(text, "base64url").toString("utf8")) as unknown;
    if (typeof value === "object" && value !== null) return value as Readonly<Record<string, unknown>>;
  } catch {
    // Told below.
  }
  throw undecodable();
}
