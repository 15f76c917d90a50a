/** A server for tests of families: three organizations, one of each plan, owned by the same person, and helpers to judge refusals. */
import { expect } from "chai";
import type { World } from "../../../local/github/index.ts";
import type { TestGitHub } from "../harness.ts";
import { startGitHub, WORLD } from "../harness.ts";

const owned = [{ login: "acme-owner", role: "admin" as const }];

const FAMILY_WORLD: World = {
  ...WORLD,
  organizations: [
    ...WORLD.organizations,
    { login: "acme-team", plan: "team", members: owned },
    { login: "acme-free", plan: "free", members: owned },
  ],
};

export interface FamilyServer {
  /** Started before the first test, stopped after the last, when no answer may have broken GitHub's description. */
  readonly github: TestGitHub;
}

/** Registers the hooks of one `describe`. */
export function familyServer(): FamilyServer {
  let running: TestGitHub | undefined;
  before(async () => {
    running = await startGitHub({ world: FAMILY_WORLD });
  });
  after(async () => {
    if (!running) return;
    const violations = await running.violations();
    await running.stop();
    expect(violations, "answers that GitHub's description refuses").to.deep.equal([]);
  });
  return {
    get github(): TestGitHub {
      if (!running) throw new Error("the server runs in tests only");
      return running;
    },
  };
}

/** As requests name a repository, so that it may be spread into one. */
export type RepositoryName = Readonly<Record<"owner" | "repo", string>>;

let made = 0;

/** A new repository of an organization, under a name of its own. */
export async function newRepository(
  github: TestGitHub,
  options: { readonly org?: string; readonly visibility?: "public" | "private"; readonly auto_init?: boolean } = {},
): Promise<RepositoryName> {
  const { org = "acme", visibility = "public", auto_init = false } = options;
  const name = `repo-${++made}`;
  await github.octokit.repos.createInOrg({ org, name, private: visibility === "private", auto_init });
  return { owner: org, repo: name };
}

export const idOf = async (github: TestGitHub, repository: RepositoryName): Promise<number> =>
  (await github.octokit.repos.get(repository)).data.id;

interface Refusal {
  readonly status: number;
  readonly message: string;
  readonly errors: readonly unknown[];
}

/** What the server refuses a request with. Fails when it does not. */
export async function refusal(request: Promise<unknown>): Promise<Refusal> {
  try {
    await request;
  } catch (error) {
    const { status, response } = error as { status: number; response?: { data?: { message?: string; errors?: unknown[] } } };
    return { status, message: response?.data?.message ?? "", errors: response?.data?.errors ?? [] };
  }
  return expect.fail("the request was answered, but it should be refused");
}

/** The status alone, where nothing else is GitHub's promise. */
export const refusedWith = async (request: Promise<unknown>): Promise<number> => (await refusal(request)).status;
