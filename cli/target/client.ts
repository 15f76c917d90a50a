import { Octokit } from "@octokit/rest";

import { Failure, exitCode } from "../failure.ts";

const silent = (): void => undefined;
const noToken =
  "There is no token for GitHub: the stack of this tier has none, since its program needs none. " +
  "What to do: set GATEHOUSE_GITHUB_TOKEN to one of your own, which may read the repository and, " +
  "to propose something, write contents and pull requests.";

/**
 * A client of GitHub's API that leaves it to the command to say what went wrong: Octokit would print every answer of 400 and above.
 *
 * @param token Without one every request is refused before it is sent, with what to do: a stack before production has none of its own.
 * @param owners Login → token for requests about what that account owns.
 * @param apiUrl With or without a slash at its end; github.com when absent.
 */
export function githubClient(
  token: string | undefined,
  apiUrl: string | undefined,
  owners: Readonly<Record<string, string>> = {},
): Octokit {
  const client = new Octokit({
    log: { debug: silent, info: silent, warn: silent, error: silent },
    ...(token === undefined ? {} : { auth: token }),
    ...(apiUrl === undefined ? {} : { baseUrl: apiUrl.replace(/\/$/, "") }),
  });
  const tokens = new Map(Object.entries(owners).map(([login, own]) => [login.toLowerCase(), own]));
  if (tokens.size > 0 || token === undefined) {
    client.hook.wrap("request", (request, options) => {
      const owner = typeof options["owner"] === "string" ? options["owner"] : /\/(?:repos|users)\/([^/{]+)/.exec(options.url)?.[1];
      const own = tokens.get(owner?.toLowerCase() ?? "");
      if (own === undefined && token === undefined) throw new Failure(exitCode.unavailable, noToken);
      return request(own === undefined ? options : { ...options, headers: { ...options.headers, authorization: `token ${own}` } });
    });
  }
  return client;
}
