/** Who hears of what: events, and the channels they go to. One table per system. */

/** Somewhere a notification goes. Its credential is a secret of the environment `notifications`, and nowhere else. */
export type Channel =
  | {
      readonly kind: "slack";
      /** What people call it, such as `#deployments`; the webhook decides where it really goes. */
      readonly channel: string;
      /** Secret that holds the URL of an incoming webhook. */
      readonly secret: string;
    }
  | { readonly kind: "discord"; /** Secret that holds the URL of a webhook. */ readonly secret: string }
  | {
      readonly kind: "email";
      /** Addresses; a list of the team, rather than people. */
      readonly to: readonly string[];
      readonly from: string;
      /** Secret that holds `smtps://user:password@host:port`, or `smtp://host:port` without credentials. */
      readonly secret: string;
    }
  | { readonly kind: "pagerduty"; /** Secret that holds the integration key of Events API v2. */ readonly secret: string };

/** A run of a workflow, or one of its jobs. */
export interface WorkflowEvent {
  /** File name under `.github/workflows/`. */
  readonly workflow: string;
  /** Job id in that file: the outcome of this job instead of the whole run's. A rollback job that succeeds is a rollback. */
  readonly job?: string;
  /** Only runs of this branch. @default any */
  readonly branch?: string;
  readonly outcome: "started" | "success" | "failure" | "completed";
}

/** What becomes of a tier's Argo CD Application. */
export interface ApplicationEvent {
  /** A tier with a target of kind `argocd`. */
  readonly tier: string;
  /**
   * `SyncFailed` also where Argo CD cannot compare; `RolledBack` where a commit that says so is deployed, or one that another had replaced:
   * see docs/decisions/0014-argocd-notifications.md.
   */
  readonly application: "Degraded" | "SyncFailed" | "Deployed" | "Progressing" | "RolledBack";
}

export interface NotificationRule {
  readonly on: WorkflowEvent | ApplicationEvent;
  /** Names of the system's channels. */
  readonly to: readonly string[];
  /** @default "error" for a failure, "info" for anything else; PagerDuty opens an incident for critical and error only */
  readonly severity?: "critical" | "error" | "warning" | "info";
  /** One line for the reader. @default made from the event */
  readonly message?: string;
}

/** The environment that holds the channels' secrets. */
export const notificationsEnvironment = "notifications";

/** Is it about what becomes of an Application? */
export function isApplicationRule(rule: NotificationRule): rule is NotificationRule & { readonly on: ApplicationEvent } {
  return "application" in rule.on;
}
