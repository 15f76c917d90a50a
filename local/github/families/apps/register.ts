/** Apps that are registered: those of the world file at every start, others by a switch. */
import { accounts } from "../../core/records.ts";
import type { Store } from "../../core/store.ts";
import type { WorldApp } from "../../world.ts";
import { installations, registeredApps } from "./apps.ts";

/** Registers the app and installs it where it says. Returns its number. @throws Error when an account does not exist */
export function ensureApp(
  store: Store,
  { slug, name = slug, owner, publicKey, permissions, installations: places = [] }: WorldApp,
  now: string,
): number {
  const known = registeredApps(store).get(0, slug);
  const value = { slug, name, owner, publicKey, permissions, description: "", createdAt: known?.value.createdAt ?? now };
  const app = known ? registeredApps(store).update(known.id, value) : registeredApps(store).insert(0, slug, value);
  for (const { account: login, repositories = null } of places) {
    const account = accounts(store).get(0, login);
    if (!account) throw new Error(`The app ${slug} is installed at "${login}", which does not exist.`);
    const before = installations(store).get(app.id, login);
    const installation = { accountId: account.id, permissions, repositories, createdAt: before?.value.createdAt ?? now };
    if (before) installations(store).update(before.id, installation);
    else installations(store).insert(app.id, login, installation);
  }
  return app.id;
}
