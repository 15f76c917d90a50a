/** Apps as the API shows them. No organization of a local GitHub has installed one: the built-in apps need no installation. */
import { organizationOf } from "../../core/access.ts";
import { notFound } from "../../core/errors.ts";
import type { Family } from "../../core/family.ts";
import { ok, pageOf } from "../../core/replies.ts";
import { renderApp } from "../checks/app.ts";
import { appBySlug } from "./apps.ts";

export const appsFamily: Family = {
  name: "apps",
  operations: {
    "apps/get-by-slug": (call) => {
      const app = appBySlug(String(call.path["app_slug"]));
      if (!app) throw notFound();
      return ok(renderApp(call, app));
    },
    "orgs/list-app-installations": (call) => {
      organizationOf(call, "admin");
      return pageOf(call, "installations", []);
    },
    "apps/get-org-installation": (call) => {
      organizationOf(call);
      throw notFound();
    },
  },
};
