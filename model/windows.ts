/** When a tier may be deployed to. Rendered to sync windows of Argo CD, and checked before a promotion. */

export const weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"] as const;
export type Weekday = (typeof weekdays)[number];

export interface DeploymentWindows {
  /** IANA name. @default "UTC" */
  readonly timeZone?: string;
  /** Open hours; outside of them nothing is deployed automatically or promoted. A rollback always is possible. */
  readonly open: readonly OpenHours[];
  /** Days on which nothing is deployed. */
  readonly freezes?: readonly Freeze[];
}

/** By the clock on the wall of the time zone, on days when it changes too. None wraps midnight, none overlaps another. */
export interface OpenHours {
  readonly days: readonly Weekday[];
  /** `HH:MM` */
  readonly from: string;
  /** `HH:MM`, later than `from`; `24:00` is the end of the day. */
  readonly to: string;
}

/**
 * Whole days, first and last included. Argo CD's schedules know no year, so a freeze that stays declared holds on the same days of every
 * year; it ends for good when it is removed.
 */
export interface Freeze {
  /** `YYYY-MM-DD` */
  readonly from: string;
  /** `YYYY-MM-DD`, not before `from` */
  readonly to: string;
  readonly reason: string;
}
