import { assert } from "chai";
import { freezeNotes } from "../../cli/up/freezes.ts";
import { shop } from "../support/systems.ts";

describe("notes about freezes", () => {
  it("name the system, the tier and the freeze that is over, and what follows from leaving it", () => {
    const [note, ...others] = freezeNotes([shop], "2027-01-03");
    assert.match(note ?? "", /^shop, tier prod: the freeze of 2026-12-24 to 2027-01-02 \(holidays\) is over; .*every year, so remove it$/);
    assert.isEmpty(others);
  });

  it("name one that is more than a year ahead, and none that is ahead or holds", () => {
    assert.match(freezeNotes([shop], "2025-12-01").join(), /more than a year ahead/);
    assert.isEmpty(freezeNotes([shop], "2026-11-21"));
    assert.isEmpty(freezeNotes([shop], "2026-12-30"));
  });
});
