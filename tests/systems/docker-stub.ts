/** Stands in for `docker` where a script asks a registry through `docker buildx imagetools`. */
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

/** The part of `docker buildx imagetools` that the scripts use, over a list of tags that the test keeps. */
export interface Registry {
  /** For the environment of a script. */
  readonly PATH: string;
  tags(): Readonly<Record<string, string>>;
  setTags(tags: Readonly<Record<string, string>>): void;
  /** From now on every call fails with this text. */
  fail(message: string): void;
  remove(): void;
}

export function makeRegistry(): Registry {
  const folder = mkdtempSync(join(tmpdir(), "gatehouse-dataknobs-docker-"));
  const [list, failure] = [join(folder, "tags"), join(folder, "failure")];
  writeFileSync(list, "");
  writeFileSync(
    join(folder, "docker"),
    `#!/usr/bin/env bash
set -euo pipefail
[[ $1 == buildx && $2 == imagetools ]] || exit 64
if [[ -f ${failure} ]]; then cat ${failure} >&2; exit 1; fi
if [[ $3 == inspect ]]; then
  digest=$(awk -v tag="\${4##*:}" '$1 == tag { print $2 }' ${list})
  if [[ -z $digest ]]; then echo "ERROR: $4: not found" >&2; exit 1; fi
  printf '"%s"\\n' "$digest"
else
  [[ $3 == create && $4 == --tag ]] || exit 64
  printf '%s %s\\n' "\${5##*:}" "\${6#*@}" >>${list}
fi
`,
  );
  chmodSync(join(folder, "docker"), 0o755);
  return {
    PATH: `${folder}${delimiter}${process.env["PATH"] ?? ""}`,
    tags: () =>
      Object.fromEntries(
        readFileSync(list, "utf8")
          .split("\n")
          .filter(Boolean)
          .map((line) => line.split(" ") as [string, string]),
      ),
    setTags: (tags) => {
      const lines = Object.entries(tags).map(([tag, digest]) => `${tag} ${digest}\n`);
      writeFileSync(list, lines.join(""));
    },
    fail: (message) => {
      writeFileSync(failure, message);
    },
    remove: () => {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
