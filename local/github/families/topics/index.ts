/** Topics of a repository. They are kept in the repository's own record, since every answer about the repository shows them. */
import { repositoryOf } from "../../core/access.ts";
import { ApiError } from "../../core/errors.ts";
import type { Family } from "../../core/family.ts";
import { repositories } from "../../core/records.ts";
import { ok } from "../../core/replies.ts";

const MAX_TOPICS = 20;

/** Every fault of a list of topics, in GitHub's words; empty when it may be stored. */
export function topicFaults(topics: readonly string[]): string[] {
  const faults: string[] = [];
  if (topics.length > MAX_TOPICS) faults.push(`A repository cannot have more than ${MAX_TOPICS} topics.`);
  if (topics.some((topic) => !/^[a-z0-9][a-z0-9-]{0,49}$/.test(topic))) {
    faults.push("Topics must start with a lowercase letter or number, consist of 50 characters or less, and can include hyphens.");
  }
  return faults;
}

export const topicsFamily: Family = {
  name: "topics",
  operations: {
    "repos/get-all-topics": (call) => ok({ names: repositoryOf(call).value.topics }),
    "repos/replace-all-topics": (call) => {
      const repository = repositoryOf(call, "admin");
      const asked = (call.body["names"] as readonly string[]).map((name) => name.toLowerCase());
      const names = [...new Set(asked)];
      const faults = topicFaults(names);
      if (faults.length > 0) throw new ApiError(422, "Validation Failed", faults);
      repositories(call.store).update(repository.id, { ...repository.value, topics: names, updatedAt: call.now });
      return ok({ names });
    },
  },
};
