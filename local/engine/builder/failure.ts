/** Why a build failed, in words for the person whose machine it is. */

/** A build that cannot go on. The message says what was wrong; `fix` says what to do. */
export class BuildError extends Error {
  readonly fix: string;

  constructor(problem: string, fix: string, lines: readonly string[] = []) {
    super([problem, ...lines.map((line) => `  | ${line}`), `What to do: ${fix}`].join("\n"));
    this.name = "BuildError";
    this.fix = fix;
  }
}

/** The user or a supervisor stopped the build. */
export class BuildInterrupted extends BuildError {
  constructor(name: string) {
    super(`interrupted while building ${name}`, "run the same command again: it goes on where it stopped, what was compiled is kept");
    this.name = "BuildInterrupted";
  }
}

interface Cause {
  readonly sign: RegExp;
  readonly reason: string;
  readonly fix: string;
}

const CAUSES: readonly Cause[] = [
  {
    sign: /no space left on device|disk quota exceeded/i,
    reason: "the disk is full",
    fix: "free some space (`go clean -cache` empties Go's build cache) and run again: what was compiled is kept",
  },
  {
    sign: /signal: killed|cannot allocate memory|out of memory/i,
    reason: "the machine ran out of memory",
    fix: "close other programs, or set GOMAXPROCS=1, and run again: what was compiled is kept",
  },
  {
    sign: /requires go >= /i,
    reason: "Go is too old",
    fix: "install the Go version named above from https://go.dev/dl and run again",
  },
  {
    sign: /checksum mismatch|SECURITY ERROR/,
    reason: "a module is not the one that go.sum pins",
    fix: "do not go on: find out what your module proxy serves (`go env GOPROXY GOSUMDB`)",
  },
  {
    sign: /missing go\.sum entry|updates to go\.mod needed/,
    reason: "go.mod and go.sum do not fit together",
    fix: "restore both from the repository, or run `go mod tidy` in the module and commit the result",
  },
  {
    sign: /dial tcp|i\/o timeout|no such host|connection re(?:fused|set)|TLS handshake|proxyconnect|unexpected EOF|50[234] |403 Forbidden/i,
    reason: "modules could not be downloaded",
    fix: "check the network and `go env GOPROXY`, then run again: what was downloaded is kept",
  },
];

/** How many of the output's last lines are shown. */
const SHOWN = 15;

/** Judges a failed step by what the toolchain printed. `logFile` holds all of it. */
export function explainFailure(step: string, output: string, exit: string, logFile: string): BuildError {
  const lines = output.split("\n").filter((line) => line.trim() !== "");
  const cause = CAUSES.find(({ sign }) => sign.test(lines.slice(-200).join("\n")));
  const reason = cause?.reason ?? `the toolchain ended with ${exit}`;
  return new BuildError(
    `building ${step} failed: ${reason}. Its last lines (all of them are in ${logFile}):`,
    cause?.fix ?? `read ${logFile}; if the sources are unchanged, report it with that file`,
    lines.slice(-SHOWN),
  );
}
