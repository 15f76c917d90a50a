/** The parts of the server beside REST, in the order in which they are asked. */
import { GitHttp } from "../git/http.ts";
import { GraphQlService } from "../graphql/service.ts";
import { FamilySwitches } from "../families/switches.ts";
import { Web } from "../web/service.ts";
import type { Service, Services } from "./service.ts";

export function services(parts: Services): Promise<Service[]> {
  return Promise.resolve([new FamilySwitches(parts), new GitHttp(parts), new GraphQlService(parts), new Web(parts)]);
}
