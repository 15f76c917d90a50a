/** Skips the running test and says why in its title, so that the reason stands in the output of the run. */
export function skip(context: Mocha.Context, reason: string): never {
  const test = context.test ?? context.currentTest;
  if (test !== undefined) test.title = `${test.title} (skipped: ${reason})`;
  context.skip();
}
