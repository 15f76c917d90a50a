/** Lists of selected repositories, which organization secrets, variables, Actions settings and runner groups all keep. */
import { repositoryById } from "../../core/access.ts";
import { notFound, validationFailed } from "../../core/errors.ts";
import type { Call, Reply } from "../../core/family.ts";
import type { RepositoryRecord } from "../../core/records.ts";
import { repositories } from "../../core/records.ts";
import { pageOf } from "../../core/replies.ts";
import type { Store, Stored } from "../../core/store.ts";
import { minimalRepository } from "../repositories/render.ts";

/** Ids from a body, as numbers and without doubles. @throws ApiError 422 when one is no repository of the organization. */
export function selectedIds(store: Store, organizationId: number, ids: unknown): number[] {
  const numbers = [...new Set(((ids ?? []) as readonly (number | string)[]).map(Number))];
  const foreign = numbers.filter((id) => repositories(store).byId(id)?.owner !== organizationId);
  if (foreign.length === 0) return numbers;
  throw validationFailed([`Repositories ${foreign.join(", ")} are not repositories of this organization.`]);
}

/** The repository that `{repository_id}` names. @throws ApiError 404 when it is none of the organization's. */
export function selectedRepository(call: Call, organizationId: number): Stored<RepositoryRecord> {
  const found = repositoryById(call, Number(call.path["repository_id"]));
  if (found.owner !== organizationId) throw notFound();
  return found;
}

/** `{ total_count, repositories }` of those that still exist. */
export function pageOfSelected(call: Call, ids: readonly number[]): Reply {
  const present = ids.flatMap((id) => repositories(call.store).byId(id) ?? []);
  return pageOf(call, "repositories", present, (repository) => minimalRepository(call, repository));
}

/** Does an organization's secret or variable of this visibility reach the repository? */
export function reaches(
  visibility: "all" | "private" | "selected",
  selected: readonly number[],
  repository: Stored<RepositoryRecord>,
): boolean {
  if (visibility === "all") return true;
  return visibility === "private" ? repository.value.visibility !== "public" : selected.includes(repository.id);
}
