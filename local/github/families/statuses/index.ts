/** Commit statuses: set, listed, and combined into one. */
import { accountById, repositoryOf } from "../../core/access.ts";
import { unprocessable } from "../../core/errors.ts";
import type { Call, Family, Reply } from "../../core/family.ts";
import { nodeId } from "../../core/node-id.ts";
import type { RepositoryRecord } from "../../core/records.ts";
import { created, page } from "../../core/replies.ts";
import type { Stored } from "../../core/store.ts";
import { type StatusRecord, statuses } from "../checks/record.ts";
import { commitNamed } from "../commits/index.ts";
import { addressesOf } from "../commits/render.ts";
import { minimalRepository } from "../repositories/render.ts";
import { simpleUser } from "../users/render.ts";

function render(call: Call, repository: Stored<RepositoryRecord>, { id, value }: Stored<StatusRecord>): Record<string, unknown> {
  const creator = simpleUser(call, accountById(call.store, value.creatorId));
  return {
    url: `${addressesOf(call, repository).api}/statuses/${value.sha}`,
    avatar_url: creator["avatar_url"],
    id,
    node_id: nodeId("CommitStatus", id),
    state: value.state,
    description: value.description,
    target_url: value.targetUrl,
    context: value.context,
    created_at: value.createdAt,
    updated_at: value.createdAt,
    creator,
  };
}

/** Statuses of a commit, newest first. */
function of(call: Call, repository: Stored<RepositoryRecord>, sha: string): Stored<StatusRecord>[] {
  return statuses(call.store)
    .list(repository.id)
    .filter(({ value }) => value.sha === sha)
    .reverse();
}

async function create(call: Call): Promise<Reply> {
  const repository = repositoryOf(call, "write");
  const { body, store, now, actor } = call;
  const sha = String(call.path["sha"]);
  if ((await call.git.repository(repository.id).typeOf(sha)) !== "commit") throw unprocessable(`No commit found for SHA: ${sha}`);
  const text = (field: string): string | null => (typeof body[field] === "string" ? body[field] : null);
  const id = store.nextId();
  const status = statuses(store).insert(
    repository.id,
    String(id),
    {
      sha,
      context: text("context") ?? "default",
      state: body["state"] as StatusRecord["state"],
      description: text("description"),
      targetUrl: text("target_url"),
      creatorId: actor.id,
      createdAt: now,
    },
    id,
  );
  return created(render(call, repository, status));
}

async function list(call: Call): Promise<Reply> {
  const repository = repositoryOf(call);
  const sha = await commitNamed(call, repository, String(call.path["ref"]));
  return page(call, of(call, repository, sha), (status) => render(call, repository, status));
}

async function combined(call: Call): Promise<Reply> {
  const repository = repositoryOf(call);
  const sha = await commitNamed(call, repository, String(call.path["ref"]));
  const latest = new Map<string, Stored<StatusRecord>>();
  for (const status of of(call, repository, sha)) if (!latest.has(status.value.context)) latest.set(status.value.context, status);
  const states = [...latest.values()].map(({ value }) => value.state);
  const bad = states.some((state) => state === "failure" || state === "error");
  const good = states.length > 0 && states.every((state) => state === "success");
  const { api } = addressesOf(call, repository);
  const part = page(call, [...latest.values()], (status) => render(call, repository, status));
  return {
    ...part,
    body: {
      state: bad ? "failure" : good ? "success" : "pending",
      statuses: part.body,
      sha,
      total_count: latest.size,
      repository: minimalRepository(call, repository),
      commit_url: `${api}/commits/${sha}`,
      url: `${api}/commits/${sha}/status`,
    },
  };
}

export const statusesFamily: Family = {
  name: "statuses",
  operations: {
    "repos/create-commit-status": create,
    "repos/list-commit-statuses-for-ref": list,
    "repos/get-combined-status-for-ref": combined,
  },
};
