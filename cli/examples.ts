/** Help text with examples, one a line: what to type, and what it does. */
export function examples(...lines: readonly (readonly [command: string, meaning: string])[]): string {
  const width = Math.max(...lines.map(([command]) => command.length));
  return ["", "Examples:", ...lines.map(([command, meaning]) => `  ${command.padEnd(width)}  ${meaning}`)].join("\n");
}
