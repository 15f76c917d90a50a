/** Freezes of deployments that a person should look at: they change nothing by themselves, so they are said and not refused. */
import { misplacedFreezes } from "../../delivery/windows.ts";
import type { System } from "../../model/system.ts";

/** @param today `YYYY-MM-DD` */
export function freezeNotes(systems: readonly System[], today: string): string[] {
  return systems.flatMap(({ name, tiers }) =>
    tiers.flatMap(({ name: tier, windows }) =>
      (windows === undefined ? [] : misplacedFreezes(windows, today)).map(({ freeze: { from, to, reason }, is }) => {
        const freeze = `${name}, tier ${tier}: the freeze of ${from} to ${to} (${reason})`;
        return is === "over"
          ? `${freeze} is over; while it is declared it holds on the same days of every year, so remove it`
          : `${freeze} is more than a year ahead; it holds on the same days before, so declare it later`;
      }),
    ),
  );
}
