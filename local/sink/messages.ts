/** What arrived at the sink, in memory and without the credential that it came with. */

export interface SinkMessage {
  /** From 1, in the order of arrival. */
  readonly n: number;
  readonly time: string;
  readonly kind: "webhook" | "pagerduty" | "mail";
  /** `system/channel` of a webhook, the last part of PagerDuty's address, or the addresses of a mail. */
  readonly to: string;
  /** The body: JSON as it was read, or the text of a mail with its headers. */
  readonly body: unknown;
}

/** More than a person reads; the oldest go first. */
const KEPT = 1_000;

export class Messages {
  #kept: SinkMessage[] = [];
  #count = 0;

  add(kind: SinkMessage["kind"], to: string, body: unknown): void {
    this.#count += 1;
    this.#kept = [...this.#kept, { n: this.#count, time: new Date().toISOString(), kind, to, body }].slice(-KEPT);
  }

  /** Those after a number, oldest first. */
  since(n: number): readonly SinkMessage[] {
    return this.#kept.filter((message) => message.n > n);
  }
}
