/** Mocha's own spec reporter, which also writes the true totals to the file named by GATEHOUSE_TEST_TOTALS. */
import { writeFileSync } from "node:fs";

import Mocha from "mocha";

export default class Reporter extends Mocha.reporters.Spec {
  constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
    super(runner, options);
    runner.once("end", () => {
      const { passes = 0, failures = 0, pending = 0 } = runner.stats ?? {};
      const file = process.env["GATEHOUSE_TEST_TOTALS"];
      if (file !== undefined) writeFileSync(file, JSON.stringify({ passed: passes, failed: failures, skipped: pending }));
    });
  }
}
