/** New repositories: empty, with a first commit, or from a template. */
import { accountById, organizationOf, roleIn, atLeast } from "../../core/access.ts";
import { ApiError, type FieldError, forbidden, notFound, validationFailed } from "../../core/errors.ts";
import type { Call, Reply } from "../../core/family.ts";
import { type AccountRecord, collaborators, repositories, type RepositoryRecord, teamRepositories, teams } from "../../core/records.ts";
import { created } from "../../core/replies.ts";
import type { Stored } from "../../core/store.ts";
import type { GitRepository } from "../../git/repository.ts";
import { WEB_FLOW } from "../../git/signer.ts";
import { changeTree } from "../../git/tree.ts";
import { NO_OBJECT } from "../../git/repository.ts";
import { personOf } from "../../core/people.ts";
import { fullRepository } from "./render.ts";
import { checkSettings, settingsIn } from "./settings.ts";

const NAME = /^[\w.-]{1,100}$/;
const RESERVED = new Set([".", ".."]);
const DEFAULT_BRANCH = "main";

function creationFailed(errors: readonly FieldError[]): ApiError {
  return new ApiError(422, "Repository creation failed.", errors);
}

/** @throws ApiError 422 when the name cannot be or is taken. */
function checkName(call: Call, owner: Stored<AccountRecord>, name: string): void {
  const fault = (message: string): ApiError => creationFailed([{ resource: "Repository", code: "custom", field: "name", message }]);
  if (!NAME.test(name) || RESERVED.has(name) || name.toLowerCase().endsWith(".git")) {
    throw fault("name can only contain ASCII letters, digits, and the characters ., -, and _");
  }
  if (repositories(call.store).get(owner.id, name)) throw fault("name already exists on this account");
}

function visibilityOf(body: Readonly<Record<string, unknown>>, owner: Stored<AccountRecord>): RepositoryRecord["visibility"] {
  const visibility = (body["visibility"] ?? (body["private"] === true ? "private" : "public")) as RepositoryRecord["visibility"];
  if (visibility === "internal" && owner.value.plan !== "enterprise") {
    throw creationFailed([
      {
        resource: "Repository",
        code: "custom",
        field: "visibility",
        message: "Only organizations associated with an enterprise can set visibility to internal",
      },
    ]);
  }
  return visibility;
}

function create(call: Call, owner: Stored<AccountRecord>, templateRepositoryId: number | null = null): Stored<RepositoryRecord> {
  const { body, store, now } = call;
  const name = String(body["name"]);
  checkName(call, owner, name);
  const unsupported = ["gitignore_template", "license_template"].filter((field) => typeof body[field] === "string" && body[field] !== "");
  if (unsupported.length > 0) {
    throw validationFailed(
      unsupported.map((field) => ({
        resource: "Repository",
        field,
        code: "custom",
        message: "the local GitHub carries no templates of GitHub's",
      })),
    );
  }
  const visibility = visibilityOf(body, owner);
  const text = (field: string): string | null => (typeof body[field] === "string" ? body[field] : null);
  const value: RepositoryRecord = {
    name,
    description: text("description"),
    homepage: text("homepage"),
    visibility,
    defaultBranch: DEFAULT_BRANCH,
    topics: [],
    archived: false,
    isTemplate: body["is_template"] === true,
    templateRepositoryId,
    // An organization's private repositories may not be forked unless it says so.
    settings: { ...(owner.value.type === "Organization" && visibility !== "public" ? { allow_forking: false } : {}), ...settingsIn(body) },
    securityAndAnalysis: {},
    createdAt: now,
    updatedAt: now,
    pushedAt: now,
  };
  checkSettings(value);
  const repository = repositories(store).insert(owner.id, name, value);
  const { actor } = call;
  if (!atLeast(roleIn(store, repository, actor.id), "admin")) {
    collaborators(store).insert(repository.id, actor.login, { userId: actor.id, permission: "admin" });
  }
  const team = typeof body["team_id"] === "number" ? teams(store).byId(body["team_id"]) : undefined;
  if (team?.owner === owner.id)
    teamRepositories(store).insert(team.id, String(repository.id), { repositoryId: repository.id, permission: "push" });
  call.lifecycle.repositoryCreated(store, repository.id);
  return repository;
}

/** The commit that `auto_init` makes: a README with the name and the description. */
async function commitReadme(call: Call, git: GitRepository, { value }: Stored<RepositoryRecord>): Promise<void> {
  const text = `# ${value.name}\n${value.description ? `${value.description}\n` : ""}`;
  const sha = await git.writeBlob(Buffer.from(text));
  const tree = await changeTree(git, undefined, [{ path: "README.md", entry: { mode: "100644", sha } }]);
  const commit = await git.commitTree({
    tree,
    parents: [],
    message: "Initial commit",
    author: personOf(accountById(call.store, call.actor.id), call.now),
    committer: { ...WEB_FLOW, date: call.now },
    sign: true,
  });
  await git.updateRef(`refs/heads/${value.defaultBranch}`, commit, NO_OBJECT);
}

async function createFor(call: Call, owner: Stored<AccountRecord>): Promise<Reply> {
  const repository = create(call, owner);
  const git = await call.git.create(repository.id, repository.value.defaultBranch);
  if (call.body["auto_init"] === true) await commitReadme(call, git, repository);
  return created(fullRepository(call, repository));
}

export async function createInOrganization(call: Call): Promise<Reply> {
  const organization = organizationOf(call, "member");
  if (!call.actor.scopes.includes("repo") && !call.actor.scopes.includes("public_repo")) throw notFound();
  requireCreation(call, organization);
  return createFor(call, organization);
}

/** Members may create repositories unless the organization says otherwise. */
function requireCreation(call: Call, organization: Stored<AccountRecord>): void {
  if (organization.value.settings["members_can_create_repositories"] !== false) return;
  try {
    organizationOf({ ...call, path: { ...call.path, org: organization.value.login } }, "admin");
  } catch {
    throw forbidden("You need admin access to the organization before adding a repository to it.");
  }
}

export async function createForUser(call: Call): Promise<Reply> {
  return createFor(call, accountById(call.store, call.actor.id));
}

export async function createFromTemplate(call: Call): Promise<Reply> {
  const { path, store, body } = call;
  const template = templateOf(call, String(path["template_owner"]), String(path["template_repo"]));
  const login = typeof body["owner"] === "string" ? body["owner"] : call.actor.login;
  const owner =
    login.toLowerCase() === call.actor.login.toLowerCase()
      ? accountById(store, call.actor.id)
      : organizationOf({ ...call, path: { ...path, org: login } }, "member");
  const repository = create(call, owner, template.id);
  const git = await call.git.copy(repository.id, template.id, template.value.defaultBranch);
  await squashHistory(call, git, template.value.defaultBranch, body["include_all_branches"] === true);
  return created(fullRepository(call, repository));
}

function templateOf(call: Call, owner: string, name: string): Stored<RepositoryRecord> {
  const found = repositories(call.store)
    .all()
    .find(
      ({ owner: id, key }) =>
        key.toLowerCase() === name.toLowerCase() && accountById(call.store, id).key.toLowerCase() === owner.toLowerCase(),
    );
  if (!found || !atLeast(roleIn(call.store, found, call.actor.id), "read")) throw notFound();
  if (!found.value.isTemplate) throw new ApiError(422, `${owner}/${name} is not a template repository.`);
  return found;
}

/** A generated repository has the template's files but not its history: one commit a branch. */
async function squashHistory(call: Call, git: GitRepository, templateBranch: string, all: boolean): Promise<void> {
  const author = personOf(accountById(call.store, call.actor.id), call.now);
  for (const { ref, sha } of await git.refs("refs/")) {
    const branch = ref.replace("refs/heads/", "");
    if (!ref.startsWith("refs/heads/") || !(all || branch === templateBranch)) {
      await git.deleteRef(ref, sha);
      continue;
    }
    const made = await git.commitTree({
      tree: `${sha}^{tree}`,
      parents: [],
      message: "Initial commit",
      author,
      committer: { ...WEB_FLOW, date: call.now },
      sign: true,
    });
    await git.deleteRef(ref, sha);
    await git.updateRef(branch === templateBranch ? `refs/heads/${DEFAULT_BRANCH}` : ref, made, NO_OBJECT);
  }
  await git.setHead(DEFAULT_BRANCH);
}
