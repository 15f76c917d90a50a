/** What can be built from a Go module of this repository, and what a build tells while it runs. */

/** One file made by the Go toolchain: a program, or data that a program of ours writes. */
export interface Artifact {
  /** Also the file's name. Letters, digits, `.` and `-`. */
  readonly name: string;
  /** Folder of the Go module, relative to the project. It has a committed `go.mod` and `go.sum`. */
  readonly module: string;
  /** Go package: an import path, or `./…` for one of the module's own. */
  readonly package: string;
  /** `program`: `go build`. `data`: `go run PACKAGE FILE`, which must write FILE. */
  readonly kind: "program" | "data";
  /** Files and folders of the module (relative to it) whose contents decide the result, besides `go.mod` and `go.sum`. Tests are left out. */
  readonly sources: readonly string[];
  /** Text of `-ldflags`. */
  readonly ldflags?: string;
  /** Another artifact's file that the compiler sees at `file` (relative to the module), for `//go:embed`. */
  readonly embeds?: { readonly artifact: string; readonly file: string };
  /** Changes of other modules' sources that the compiler sees, where they have no flag for it. */
  readonly patches?: readonly Patch[];
  /** Seconds that a build from empty caches takes on two cores: only the ratio between artifacts matters. */
  readonly weight: number;
  /** Gigabytes that a build from empty caches adds to the disk: modules, build cache and result. */
  readonly gigabytes: number;
}

/** One change of one file of a module that the artifact's module requires. */
export interface Patch {
  /** The module's path, with its major version: `github.com/argoproj/argo-cd/v3`. */
  readonly module: string;
  /** Relative to that module. */
  readonly file: string;
  /** The exact text to replace. */
  readonly find: string;
  readonly replace: string;
  /** How often the text occurs in the file: any other count fails the build. @default 1 */
  readonly times?: number;
}

/** Where the build is. Seconds are whole or fractions, never negative. */
export interface Progress {
  readonly name: string;
  /** From 1. */
  readonly step: number;
  readonly of: number;
  readonly elapsedSeconds: number;
  /** What is left of all steps, by the known ratios and the speed so far. */
  readonly leftSeconds: number;
}

/** What {@link ensureArtifacts} reports. Nothing is reported when nothing is to be built. */
export type BuildEvent =
  | { readonly kind: "start"; readonly names: readonly string[]; readonly leftSeconds: number }
  | ({ readonly kind: "step" } & Progress)
  /** Every two seconds while a step runs; `detail` is the toolchain's last line, if it said anything. */
  | ({ readonly kind: "heartbeat"; readonly stepSeconds: number; readonly detail?: string } & Progress)
  /** Another process builds the same thing; we wait for it and use its result. */
  | ({ readonly kind: "waiting"; readonly pid: number } & Progress)
  | ({ readonly kind: "built"; readonly stepSeconds: number; readonly bytes: number } & Progress)
  | { readonly kind: "finish"; readonly elapsedSeconds: number };

export type Report = (event: BuildEvent) => void;
