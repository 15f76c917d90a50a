/** What an account's plan and a repository's visibility allow. */
import { accountById } from "../../core/access.ts";
import { forbidden } from "../../core/errors.ts";
import type { ApiError } from "../../core/errors.ts";
import type { AccountRecord, RepositoryRecord } from "../../core/records.ts";
import type { Store, Stored } from "../../core/store.ts";

export type Plan = "free" | "team" | "enterprise";

/** GitHub Pro gives a user's private repositories what GitHub Team gives an organization's. */
export function planOf(account: AccountRecord): Plan {
  if (account.plan === "enterprise") return "enterprise";
  return account.plan === "team" || account.plan === "pro" ? "team" : "free";
}

export interface RepositoryPlan {
  readonly owner: Stored<AccountRecord>;
  readonly plan: Plan;
  /** Private or internal: everything that is not public is judged alike by the plans. */
  readonly private: boolean;
}

export function repositoryPlan(store: Store, repository: Stored<RepositoryRecord>): RepositoryPlan {
  const owner = accountById(store, repository.owner);
  return { owner, plan: planOf(owner.value), private: repository.value.visibility !== "public" };
}

/** 403 with GitHub's words for a feature that a private repository of a free account does not have. */
export const upgradeRequired = (): ApiError => forbidden("Upgrade to GitHub Pro or make this repository public to enable this feature.");
