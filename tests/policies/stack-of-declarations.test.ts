import { assert } from "chai";
import { Declaration, github, Stack, UNKNOWN } from "../../policies/rules/declaration.ts";

const SECRETS = github("ActionsEnvironmentSecret");
const declare = (type: string, name: string, properties: Record<string, unknown>, parent?: string): Declaration =>
  new Declaration({ type, name, urn: `urn:${type}::${name}`, properties, ...(parent !== undefined && { parent }) });
const namesOf = (found: readonly Declaration[]): string[] => found.map(({ name }) => name);

describe("all that a stack declares", () => {
  const secrets = [
    declare(SECRETS, "ours", { repository: "shop" }),
    declare(SECRETS, "ours-with-owner", { repository: "acme/shop" }),
    declare(SECRETS, "theirs", { repository: "store" }),
    declare(SECRETS, "computed", { repository: UNKNOWN }),
    declare(SECRETS, "nameless", {}),
  ];
  const repositories = [
    declare(github("Repository"), "a", { name: "store" }),
    declare(github("Repository"), "shop", {}),
    declare(github("Repository"), "b", { name: "till" }),
  ];
  const stack = new Stack([...secrets, ...repositories]);
  const environment = (repository: unknown): Declaration => declare(github("RepositoryEnvironment"), "prod", { repository });

  it("finds what is about the same repository, and what may be", () => {
    const found = namesOf(stack.besides(SECRETS, "repository", environment("shop")));
    assert.deepEqual(found, ["ours", "ours-with-owner", "computed", "nameless"]);
  });

  it("leaves nothing out where the repository is not known, or not given", () => {
    for (const repository of [UNKNOWN, undefined])
      assert.lengthOf(stack.besides(SECRETS, "repository", environment(repository)), secrets.length);
  });

  it("finds the repository that a resource is about by its name at GitHub, else by its own", () => {
    assert.equal(stack.repositoryOf(environment("store"))?.name, "a");
    assert.equal(stack.repositoryOf(environment("shop"))?.name, "shop");
    assert.isUndefined(stack.repositoryOf(environment("a")));
    assert.isUndefined(stack.repositoryOf(environment("elsewhere")));
  });

  it("does not say which repository it is where one of unknown name may be it, or where nobody knows what it is about", () => {
    const computed = declare(github("Repository"), "c", { name: UNKNOWN });
    assert.throws(() => new Stack([...repositories, computed]).repositoryOf(environment("elsewhere")), "known only after the update");
    assert.throws(() => stack.repositoryOf(environment(UNKNOWN)), "known only after the update");
    assert.equal(new Stack([computed, ...repositories]).repositoryOf(environment("store"))?.name, "a");
  });

  it("finds what a resource belongs to", () => {
    const [shop] = repositories;
    assert.equal(stack.parentOf(declare(SECRETS, "x", {}, shop!.urn)), shop);
    assert.isUndefined(stack.parentOf(declare(SECRETS, "x", {}, "urn:elsewhere")));
    assert.isUndefined(stack.parentOf(declare(SECRETS, "x", {})));
  });
});
