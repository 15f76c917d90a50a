import { rowsOf } from "./revenue.js";

const answer = await fetch("/api/daily-revenue");
const table = document.getElementById("revenue");
if (answer.ok) {
  for (const cells of rowsOf(await answer.json())) {
    const row = table.insertRow();
    for (const cell of cells) row.insertCell().textContent = cell;
  }
} else {
  table
    .insertRow()
    .insertCell().textContent = `The revenue cannot be read: ${answer.status}`;
}
