/** Repositories: made, read, listed, changed, renamed, transferred and deleted. */
import { accountById, atLeast, findRepository, hasScope, organizationOf, repositoryOf, roleIn } from "../../core/access.ts";
import { accounts, repositories, type RepositoryRecord } from "../../core/records.ts";
import { forbidden, notFound, unprocessable, validationFailed, ApiError } from "../../core/errors.ts";
import type { Call, Family, Reply } from "../../core/family.ts";
import { noContent, ok, page } from "../../core/replies.ts";
import type { Stored } from "../../core/store.ts";
import { createForUser, createFromTemplate, createInOrganization } from "./create.ts";
import { fullRepository, minimalRepository } from "./render.ts";
import { changedSecurity, checkSettings, settingsIn } from "./settings.ts";

/** The repositories of an account that the caller may see, in the order that the query asks for. */
function visible(call: Call, all: readonly Stored<RepositoryRecord>[]): Stored<RepositoryRecord>[] {
  const seen = all.filter((repository) => atLeast(roleIn(call.store, repository, call.actor.id), "read"));
  const { type = "all", sort = "created", ...query } = call.query as Partial<Record<string, string>>;
  const kept = seen.filter(({ value }) => !["public", "private", "internal"].includes(type) || value.visibility === type);
  const direction = query["direction"] ?? (sort === "full_name" ? "asc" : "desc");
  const field = (repository: Stored<RepositoryRecord>): string =>
    sort === "full_name"
      ? repository.key.toLowerCase()
      : ({ created: repository.value.createdAt, updated: repository.value.updatedAt, pushed: repository.value.pushedAt }[sort] ?? "");
  const sorted = kept.sort((a, b) => field(a).localeCompare(field(b)) || a.id - b.id);
  return direction === "desc" ? sorted.reverse() : sorted;
}

function list(call: Call, ownerId: number): Reply {
  return page(call, visible(call, repositories(call.store).list(ownerId)), (repository) => minimalRepository(call, repository));
}

function listForUser(call: Call): Reply {
  const account = accounts(call.store).get(0, String(call.path["username"]));
  if (!account) throw notFound();
  return list(call, account.id);
}

function listForActor(call: Call): Reply {
  const { store, actor } = call;
  const own = repositories(store)
    .all()
    .filter((repository) => repository.value.visibility !== "public" || roleIn(store, repository, actor.id) !== "read");
  return page(call, visible(call, own), (repository) => minimalRepository(call, repository));
}

async function update(call: Call): Promise<Reply> {
  const { body, store, now } = call;
  const repository = repositoryOf(call, "admin");
  const { value, id } = repository;
  if (value.archived && body["archived"] !== false) throw new ApiError(403, "Repository was archived so is read-only.");
  const name = typeof body["name"] === "string" ? body["name"] : value.name;
  checkRename(call, repository, name);
  const visibility = visibilityAfter(call, repository);
  const defaultBranch = await defaultBranchAfter(call, repository);
  const text = (field: "description" | "homepage"): string | null => (typeof body[field] === "string" ? body[field] : value[field]);
  const flag = (field: string, before: boolean): boolean => (typeof body[field] === "boolean" ? body[field] : before);
  const changed: RepositoryRecord = {
    ...value,
    name,
    description: text("description"),
    homepage: text("homepage"),
    visibility,
    defaultBranch,
    archived: flag("archived", value.archived),
    isTemplate: flag("is_template", value.isTemplate),
    settings: { ...value.settings, ...settingsIn(body) },
    securityAndAnalysis: changedSecurity({ ...value, visibility }, body["security_and_analysis"]),
  };
  checkSettings(changed);
  // Nothing changed: the time of the last change stays, so that a reader's ETag does too.
  if (JSON.stringify(changed) === JSON.stringify(value)) return ok(fullRepository(call, repository));
  return ok(fullRepository(call, repositories(store).update(id, { ...changed, updatedAt: now }, name)));
}

function checkRename(call: Call, repository: Stored<RepositoryRecord>, name: string): void {
  if (name.toLowerCase() === repository.key.toLowerCase()) return;
  const message = !/^[\w.-]{1,100}$/.test(name)
    ? "name can only contain ASCII letters, digits, and the characters ., -, and _"
    : repositories(call.store).get(repository.owner, name)
      ? "name already exists on this account"
      : undefined;
  if (message) throw validationFailed([{ resource: "Repository", code: "custom", field: "name", message }]);
}

function visibilityAfter({ body, store }: Call, { value, owner }: Stored<RepositoryRecord>): RepositoryRecord["visibility"] {
  const wanted = body["visibility"] as RepositoryRecord["visibility"] | undefined;
  if (wanted === undefined) {
    if (typeof body["private"] !== "boolean" || body["private"] === (value.visibility !== "public")) return value.visibility;
    return body["private"] ? "private" : "public";
  }
  if (wanted === value.visibility) throw unprocessable(`Visibility is already ${wanted}.`);
  if (wanted === "internal" && accountById(store, owner).value.plan !== "enterprise") {
    throw unprocessable("Only organizations associated with an enterprise can set visibility to internal");
  }
  return wanted;
}

async function defaultBranchAfter({ body, git }: Call, { id, value }: Stored<RepositoryRecord>): Promise<string> {
  const wanted = body["default_branch"];
  if (typeof wanted !== "string" || wanted === value.defaultBranch) return value.defaultBranch;
  const repository = git.repository(id);
  if (!(await repository.resolve(`refs/heads/${wanted}`))) {
    throw validationFailed([
      {
        resource: "Repository",
        code: "invalid",
        field: "default_branch",
        message: `The branch ${wanted} was not found. Please push that ref first or create it via the Git Data API.`,
      },
    ]);
  }
  await repository.setHead(wanted);
  return wanted;
}

function remove(call: Call): Reply {
  const { store, git, actor } = call;
  const repository = repositoryOf(call, "admin");
  if (!hasScope(actor, "delete_repo")) throw forbidden("Must have admin rights to Repository.");
  call.lifecycle.repositoryDeleted(store, repository.id);
  store.removeDescendants(repository.id);
  repositories(store).remove(repository.id);
  call.afterCommit(() => git.remove(repository.id));
  return noContent();
}

function transfer(call: Call): Reply {
  const { body, store, now } = call;
  const repository = repositoryOf(call, "admin");
  const login = String(body["new_owner"]);
  const owner = accounts(store).get(0, login);
  if (!owner) throw unprocessable(`${login} is not an account that a repository can be transferred to.`);
  if (owner.value.type === "Organization") organizationOf({ ...call, path: { ...call.path, org: login } }, "admin");
  const name = typeof body["new_name"] === "string" ? body["new_name"] : repository.value.name;
  if (findRepository(store, login, name)) throw unprocessable(`${login} has a repository named ${name} already.`);
  repositories(store).update(repository.id, { ...repository.value, name, updatedAt: now }, name);
  return { status: 202, body: minimalRepository(call, repositories(store).move(repository.id, owner.id)) };
}

export const repositoriesFamily: Family = {
  name: "repositories",
  operations: {
    "repos/create-in-org": createInOrganization,
    "repos/create-for-authenticated-user": createForUser,
    "repos/create-using-template": createFromTemplate,
    "repos/get": (call) => ok(fullRepository(call, repositoryOf(call))),
    "repos/update": update,
    "repos/delete": remove,
    "repos/transfer": transfer,
    "repos/list-for-org": (call) => list(call, organizationOf(call).id),
    "repos/list-for-user": listForUser,
    "repos/list-for-authenticated-user": listForActor,
    // No language is detected here: GitHub answers an empty object for a repository without recognised code.
    "repos/list-languages": (call) => (repositoryOf(call), ok({})),
  },
};
