/** What a command may end with. Scripts rely on these: they are listed in the help of every command. */
export const exitCode = {
  done: 0,
  /** The thing that was asked for failed or found faults. */
  failed: 1,
  /** The command line or a file of the project is wrong; nothing was changed. */
  invalid: 2,
  /** A service or a tool that the command needs is not there. */
  unavailable: 3,
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCode)[keyof typeof exitCode];

/** A failure that the reader can act on: printed as it is, without a stack trace. */
export class Failure extends Error {
  readonly code: ExitCode;

  constructor(code: ExitCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.name = "Failure";
  }
}
