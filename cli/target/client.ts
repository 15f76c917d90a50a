import { Octokit } from "@octokit/rest";

const silent = (): void => undefined;

/**
 * A client of GitHub's API that leaves it to the command to say what went wrong: Octokit would print every answer of 400 and above.
 *
 * @param apiUrl With or without a slash at its end; github.com when absent.
 */
export function githubClient(token: string | undefined, apiUrl: string | undefined): Octokit {
  return new Octokit({
    log: { debug: silent, info: silent, warn: silent, error: silent },
    ...(token === undefined ? {} : { auth: token }),
    ...(apiUrl === undefined ? {} : { baseUrl: apiUrl.replace(/\/$/, "") }),
  });
}
