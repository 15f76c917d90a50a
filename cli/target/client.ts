import { Octokit } from "@octokit/rest";

const silent = (): void => undefined;

/**
 * A client of GitHub's API that leaves it to the command to say what went wrong: Octokit would print every answer of 400 and above.
 *
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
  if (tokens.size > 0) {
    client.hook.wrap("request", (request, options) => {
      const owner = typeof options["owner"] === "string" ? options["owner"] : /\/(?:repos|users)\/([^/{]+)/.exec(options.url)?.[1];
      const own = tokens.get(owner?.toLowerCase() ?? "");
      return request(own === undefined ? options : { ...options, headers: { ...options.headers, authorization: `token ${own}` } });
    });
  }
  return client;
}
