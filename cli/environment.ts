/** The user's environment for tools that run with it. */
export function userEnvironment(keep: (name: string) => boolean = () => true): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) => (value !== undefined && keep(name) ? [[name, value]] : [])),
  );
}
