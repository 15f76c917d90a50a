/** Rows of the table, newest day first; revenue in euros with two digits. */
export function rowsOf(days) {
  return [...days]
    .sort((one, other) => other.ordered_on.localeCompare(one.ordered_on))
    .map(({ ordered_on, orders, revenue }) => [
      ordered_on,
      String(orders),
      Number(revenue).toFixed(2),
    ]);
}
