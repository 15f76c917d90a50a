/** Rules for the names of secrets and variables: one alphabet, one reserved prefix, stored in upper case. */

/** Every fault of a name, in GitHub's words; empty when it may be used. @param what `Secret` or `Variable`. */
export function configurationNameFaults(name: string, what: "Secret" | "Variable"): string[] {
  const faults: string[] = [];
  if (!/^[a-z_][a-z0-9_]*$/i.test(name)) {
    faults.push(
      `${what} names can only contain alphanumeric characters ([a-z], [A-Z], [0-9]) or underscores (_). ` +
        `Spaces are not allowed. Must start with a letter ([a-z], [A-Z]) or underscores (_).`,
    );
  }
  if (/^github_/i.test(name)) faults.push(`${what} names must not start with GITHUB_.`);
  if (name.length > 255) faults.push(`${what} names must be 255 characters or less.`);
  return faults;
}

/** GitHub stores and answers both in upper case. */
export const canonicalName = (name: string): string => name.toUpperCase();

/** Bytes that a secret or a variable may hold. */
export const MAX_VALUE_BYTES = 48 * 1024;
