/** The parts of the server beside REST, in the order in which they are asked. */
import { GitHttp } from "../git/http.ts";
import type { Service, Services } from "./service.ts";

export function services(parts: Services): Promise<Service[]> {
  return Promise.resolve([new GitHttp(parts)]);
}
