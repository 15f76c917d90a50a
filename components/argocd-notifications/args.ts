import type { Sensitive } from "../../model/sensitive.ts";
import { object, record, type Shape } from "../../model/shape.ts";
import type { System } from "../../model/system.ts";
import { webAddress } from "../../model/validate/names.ts";
import * as shapes from "../../model/validate/shapes.ts";
import { anything } from "../shared/arguments.ts";

export interface ArgoCdNotificationsArgs {
  /** Its channels, and its rules on Applications. */
  readonly system: System;
  /** Secret of the environment `notifications` → its value. */
  readonly values: Readonly<Record<string, Sensitive>>;
  /** Where PagerDuty takes events, without a slash at the end. @example "https://events.pagerduty.com" */
  readonly pagerDutyUrl: string;
  /** Namespace of Argo CD itself. @example "argocd" */
  readonly argocdNamespace: string;
}

export const argoCdNotificationsArgs: Shape = object({
  system: shapes.system,
  values: record(anything, anything),
  pagerDutyUrl: webAddress,
  argocdNamespace: anything,
});
