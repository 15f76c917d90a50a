/** Every resource family of the REST API. A family that is not listed here answers nothing. */
import type { Family } from "../core/family.ts";
import { repositoriesFamily } from "./repositories/index.ts";
import { users } from "./users/index.ts";

export const families: readonly Family[] = [repositoriesFamily, users];
