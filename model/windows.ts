/** When a tier may be deployed to. Rendered to sync windows of Argo CD, and checked before a promotion. */

export type Weekday = "Mon" | "Tue" | "Wed" | "Thu" | "Fri" | "Sat" | "Sun";

export interface DeploymentWindows {
  /** IANA name. @default "UTC" */
  readonly timeZone?: string;
  /** Open hours; outside of them nothing is deployed automatically or promoted. A rollback always is possible. */
  readonly open: readonly {
    readonly days: readonly Weekday[];
    /** `HH:MM` */ readonly from: string;
    /** `HH:MM`, later than `from` */ readonly to: string;
  }[];
  /** Days on which nothing is deployed, first and last included. */
  readonly freezes?: readonly { /** `YYYY-MM-DD` */ readonly from: string; readonly to: string; readonly reason: string }[];
}
