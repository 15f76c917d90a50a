/** One thing that a delivery system must do, as its document asks for it. A test whose title has the id shows that it does. */
export interface Requirement {
  /** Such as `DEX-6`: short name of the system, and a number. */
  readonly id: string;
  /** `gate`: a rule at GitHub; `pipe`: a file of the repository; `target`: where it is deployed; `op`: a command. */
  readonly kind: "gate" | "pipe" | "target" | "op";
  /** One sentence. */
  readonly text: string;
}
