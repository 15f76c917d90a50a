import { expect } from "chai";

import { Failure } from "../../cli/failure.ts";
import { githubClient } from "../../cli/target/client.ts";

/** Nothing listens there: a request that is sent fails in another way. */
const nowhere = "http://127.0.0.1:1";

describe("the commands' client of GitHub", () => {
  const at = { owner: "acme", repo: "shop" };
  const errorOf = (client: ReturnType<typeof githubClient>): Promise<unknown> =>
    client.rest.repos.get(at).then(
      () => undefined,
      (error: unknown) => error,
    );

  it("without a token sends nothing, and says what to do", async () => {
    const error = await errorOf(githubClient(undefined, nowhere));
    expect(error).to.be.instanceOf(Failure);
    expect((error as Failure).message).to.include("set GATEHOUSE_GITHUB_TOKEN to one of your own");
  });

  it("sends what one token or an owner's own allows", async () => {
    for (const client of [githubClient("any", nowhere), githubClient(undefined, nowhere, { Acme: "own" })])
      expect(await errorOf(client))
        .to.be.instanceOf(Error)
        .and.not.instanceOf(Failure);
    expect(await errorOf(githubClient(undefined, nowhere, { other: "own" }))).to.be.instanceOf(Failure);
  });
});
