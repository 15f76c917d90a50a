/** Pages for a browser: asked for by `Accept: text/html`. Raw files are served to whoever may read the repository. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { atLeast, findRepository, roleIn } from "../core/access.ts";
import { authenticate } from "../core/authentication.ts";
import { ApiError } from "../core/errors.ts";
import { headersOf, send } from "../core/http.ts";
import { accounts } from "../core/records.ts";
import type { Service, Services } from "../core/service.ts";
import { entryAt } from "../git/tree.ts";
import { html, page } from "./html.ts";
import { overview, requestsPage } from "./pages.ts";
import { repositoryPage } from "./repository.ts";

const RAW = /^\/([^/]+)\/([^/]+)\/raw\/(.+)$/;

export class Web implements Service {
  private readonly parts: Services;

  constructor(parts: Services) {
    this.parts = parts;
  }

  async serve(request: IncomingMessage, response: ServerResponse): Promise<boolean> {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    if (request.method !== "GET") return false;
    const [, owner, name, rest] = RAW.exec(pathname) ?? [];
    if (owner !== undefined && name !== undefined && rest !== undefined) {
      await this.raw(request, response, decodeURIComponent(owner), decodeURIComponent(name), decodeURIComponent(rest));
      return true;
    }
    // The API is asked for JSON; a page is for whoever asks for HTML before anything else.
    if (!(request.headers.accept ?? "").startsWith("text/html") || pathname.startsWith("/api/")) return false;
    const found = await this.page(pathname, `http://${request.headers.host ?? "127.0.0.1"}`);
    const body = found ?? page("Not found", html`<p>There is no page at <code>${pathname}</code>.</p>`);
    send(
      response,
      found === undefined ? 404 : 200,
      { "Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'" },
      body,
    );
    return true;
  }

  private async page(pathname: string, server: string): Promise<string | undefined> {
    const store = this.parts.store.reader;
    if (pathname === "/") return overview(store);
    if (pathname === "/requests") return requestsPage(this.parts.log);
    const [, owner = "", name = ""] = /^\/([^/]+)\/([^/]+?)(?:\.git)?\/?$/.exec(pathname) ?? [];
    const repository = findRepository(store, decodeURIComponent(owner), decodeURIComponent(name));
    const login = repository && accounts(store).byId(repository.owner)?.value.login;
    return repository && repositoryPage(store, this.parts.git, login ?? owner, repository, server);
  }

  /** `download_url` of the contents API: `/{owner}/{repo}/raw/{ref}/{path}`, where the ref may hold slashes too. */
  private async raw(request: IncomingMessage, response: ServerResponse, owner: string, name: string, rest: string): Promise<void> {
    const store = this.parts.store.reader;
    try {
      const actor = authenticate(store, headersOf(request)["authorization"]);
      const repository = findRepository(store, owner, name);
      if (!repository || !atLeast(roleIn(store, repository, actor.id), "read")) throw new ApiError(404, "Not Found");
      const git = this.parts.git.repository(repository.id);
      const segments = rest.split("/");
      for (let length = 1; length < segments.length; length += 1) {
        const commit = await git.resolveCommit(segments.slice(0, length).join("/"));
        const entry = commit && (await entryAt(git, commit, segments.slice(length).join("/")));
        if (!entry || entry.type !== "blob") continue;
        send(
          response,
          200,
          { "Content-Type": "text/plain; charset=utf-8", "X-Content-Type-Options": "nosniff" },
          await git.blob(entry.sha),
        );
        return;
      }
      throw new ApiError(404, "Not Found");
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      send(response, error.status, { "Content-Type": "text/plain; charset=utf-8" }, `${error.status}: ${error.message}\n`);
    }
  }
}
