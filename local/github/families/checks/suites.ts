/** One suite a commit and app, as GitHub makes it with the first check run. */
import type { Store, Stored } from "../../core/store.ts";
import { type CheckSuiteRecord, checkSuites } from "./record.ts";

/** The suite of a commit and an app, made where there is none. */
export function suiteFor(
  store: Store,
  repositoryId: number,
  { headSha, appId }: Pick<CheckSuiteRecord, "headSha" | "appId">,
  now: string,
): Stored<CheckSuiteRecord> {
  const key = `${headSha} ${appId}`;
  const known = checkSuites(store).get(repositoryId, key);
  if (known) return checkSuites(store).update(known.id, { ...known.value, updatedAt: now });
  return checkSuites(store).insert(repositoryId, key, { headSha, appId, createdAt: now, updatedAt: now });
}
