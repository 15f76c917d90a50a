import assert from "node:assert/strict";
import { test } from "node:test";
import { rowsOf } from "../src/revenue.js";

test("shows the newest day first, with two digits", () => {
  const days = [
    { ordered_on: "2026-01-01", orders: 2, revenue: "19.5" },
    { ordered_on: "2026-01-02", orders: 1, revenue: "20" },
  ];
  assert.deepEqual(rowsOf(days), [
    ["2026-01-02", "1", "20.00"],
    ["2026-01-01", "2", "19.50"],
  ]);
});
