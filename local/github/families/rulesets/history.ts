/** Every version that a ruleset has had, with who made it: what an auditor asks GitHub for. */
import { notFound } from "../../core/errors.ts";
import type { Call, Reply } from "../../core/family.ts";
import { ok, page } from "../../core/replies.ts";
import type { Collection, Store, Stored } from "../../core/store.ts";
import type { RulesetRecord } from "./record.ts";

/** Kind `ruleset-version`, owner the ruleset's id, key a number of its own as text. */
interface VersionRecord {
  readonly actorId: number;
  readonly updatedAt: string;
  readonly ruleset: RulesetRecord;
}

const versions = (store: Store): Collection<VersionRecord> => store.collection("ruleset-version");

export function recordVersion(call: Call, ruleset: Stored<RulesetRecord>): void {
  const key = String(call.store.nextNumber(`ruleset-version:${ruleset.id}`));
  versions(call.store).insert(ruleset.id, key, { actorId: call.actor.id, updatedAt: call.now, ruleset: ruleset.value });
}

export function removeVersions(store: Store, rulesetId: number): void {
  versions(store).removeOwned(rulesetId);
}

const render = ({ id, value }: Stored<VersionRecord>): Record<string, unknown> => ({
  version_id: id,
  actor: { id: value.actorId, type: "User" },
  updated_at: value.updatedAt,
});

/** Newest first. */
export function listVersions(call: Call, ruleset: Stored<RulesetRecord>): Reply {
  return page(call, versions(call.store).list(ruleset.id).reverse(), render);
}

/** One version with the ruleset as it was then. @param renderState shows a ruleset with its rules. */
export function getVersion(call: Call, ruleset: Stored<RulesetRecord>, renderState: (then: Stored<RulesetRecord>) => unknown): Reply {
  const found = versions(call.store).byId(Number(call.path["version_id"]));
  if (found?.owner !== ruleset.id) throw notFound();
  return ok({ ...render(found), state: renderState({ ...ruleset, value: found.value.ruleset }) });
}
