/** The parts of the server beside REST, in the order in which they are asked. */
import type { Service, Services } from "./service.ts";

export function services(_parts: Services): Promise<Service[]> {
  return Promise.resolve([]);
}
