/** GitHub Pages: whether a repository has a site, and what it is built from. Nothing is built here: `status` stays null. */
import { accountById, repositoryOf } from "../../core/access.ts";
import { conflict, notFound, unprocessable } from "../../core/errors.ts";
import type { Call, Family } from "../../core/family.ts";
import { repositories } from "../../core/records.ts";
import type { RepositoryRecord } from "../../core/records.ts";
import { created, noContent, ok } from "../../core/replies.ts";
import type { Collection, Store, Stored } from "../../core/store.ts";
import { repositoryPlan } from "../support/plan.ts";

/** Kind `pages`, owner the repository's id, key `-`. */
interface PagesRecord {
  readonly cname: string | null;
  readonly build_type: "legacy" | "workflow";
  readonly source: { readonly branch: string; readonly path: string };
  readonly public: boolean;
  readonly https_enforced: boolean;
}

const KEY = "-";
const pages = (store: Store): Collection<PagesRecord> => store.collection("pages");

function render(call: Call, repository: Stored<RepositoryRecord>, { value }: Stored<PagesRecord>): Record<string, unknown> {
  const owner = accountById(call.store, repository.owner).value.login;
  const { name } = repository.value;
  const site = name.toLowerCase() === `${owner.toLowerCase()}.github.io` ? "" : `${name}/`;
  return {
    url: `${call.apiUrl}/repos/${owner}/${name}/pages`,
    status: null,
    cname: value.cname,
    custom_404: false,
    html_url: value.cname ? `https://${value.cname}/` : `https://${owner.toLowerCase()}.github.io/${site}`,
    build_type: value.build_type,
    source: value.source,
    public: value.public,
    protected_domain_state: null,
    pending_domain_unverified_at: null,
    https_enforced: value.https_enforced,
  };
}

function siteOf(call: Call, repository: Stored<RepositoryRecord>): Stored<PagesRecord> {
  const found = pages(call.store).get(repository.id, KEY);
  if (!found) throw notFound();
  return found;
}

/** `has_pages` of the repository's own answer follows. */
function setHasPages(call: Call, { id, value }: Stored<RepositoryRecord>, hasPages: boolean): void {
  repositories(call.store).update(id, { ...value, settings: { ...value.settings, has_pages: hasPages }, updatedAt: call.now });
}

/** A legacy site is built from a branch, which must be there. @throws ApiError 422. */
async function judgeSource(call: Call, repository: Stored<RepositoryRecord>, branch: string): Promise<void> {
  const found = await call.git.repository(repository.id).resolve(`refs/heads/${branch}`);
  if (found === undefined) throw unprocessable(`The ${branch} branch must exist before GitHub Pages can be built.`);
}

interface Body {
  readonly build_type?: "legacy" | "workflow";
  readonly source?: "gh-pages" | "master" | "master /docs" | { readonly branch: string; readonly path?: string };
  readonly cname?: string | null;
  readonly https_enforced?: boolean;
  readonly public?: boolean;
}

/** The three texts are older spellings of a branch and a folder. */
function sourceOf(source: Body["source"], fallback: PagesRecord["source"]): PagesRecord["source"] {
  if (source === undefined) return fallback;
  if (typeof source !== "string") return { branch: source.branch, path: source.path ?? "/" };
  const [branch = source, path = "/"] = source.split(" ");
  return { branch, path };
}

export const pagesFamily: Family = {
  name: "pages",
  operations: {
    "repos/get-pages": (call) => {
      const repository = repositoryOf(call);
      return ok(render(call, repository, siteOf(call, repository)));
    },
    "repos/create-pages-site": async (call) => {
      const repository = repositoryOf(call, "admin");
      const { plan, private: isPrivate } = repositoryPlan(call.store, repository);
      if (isPrivate && plan === "free") throw unprocessable("Your current plan does not support GitHub Pages for this repository.");
      if (pages(call.store).get(repository.id, KEY)) throw conflict("GitHub Pages is already enabled.");
      const body: Body = call.body;
      const buildType = body.build_type ?? "legacy";
      if (buildType === "legacy" && body.source === undefined) throw unprocessable('Invalid request.\n\n"source" wasn\'t supplied.');
      const source = sourceOf(body.source, { branch: repository.value.defaultBranch, path: "/" });
      if (buildType === "legacy") await judgeSource(call, repository, source.branch);
      const value = { cname: null, build_type: buildType, source, public: true, https_enforced: true };
      const site = pages(call.store).insert(repository.id, KEY, value);
      setHasPages(call, repository, true);
      return created(render(call, repository, site));
    },
    "repos/update-information-about-pages-site": async (call) => {
      const repository = repositoryOf(call, "admin");
      const { id, value } = siteOf(call, repository);
      const body: Body = call.body;
      const source = sourceOf(body.source, value.source);
      const next: PagesRecord = {
        cname: body.cname === undefined ? value.cname : body.cname,
        build_type: body.build_type ?? value.build_type,
        source,
        public: body.public ?? value.public,
        https_enforced: body.https_enforced ?? value.https_enforced,
      };
      if (next.build_type === "legacy") await judgeSource(call, repository, source.branch);
      pages(call.store).update(id, next);
      return noContent();
    },
    "repos/delete-pages-site": (call) => {
      const repository = repositoryOf(call, "admin");
      pages(call.store).remove(siteOf(call, repository).id);
      setHasPages(call, repository, false);
      return noContent();
    },
  },
  onRepositoryDeleted: (store, repositoryId) => {
    pages(store).removeOwned(repositoryId);
  },
};
