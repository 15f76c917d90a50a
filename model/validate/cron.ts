/** Ranges of the five fields, as robfig/cron reads them in Argo CD. */
const fields: readonly { readonly least: number; readonly most: number; readonly names?: readonly string[] }[] = [
  { least: 0, most: 59 },
  { least: 0, most: 23 },
  { least: 1, most: 31 },
  { least: 1, most: 12, names: ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"] },
  { least: 0, most: 6, names: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"] },
];

/** Whether a text is a schedule of five cron fields: lists, ranges, steps, and names of months and weekdays. */
export function isCron(schedule: string): boolean {
  const parts = schedule.trim().split(/\s+/);
  return parts.length === fields.length && parts.every((part, index) => part.split(",").every((entry) => isEntry(entry, index)));
}

function isEntry(entry: string, index: number): boolean {
  const [range = "", step, ...rest] = entry.split("/");
  if (rest.length > 0 || (step !== undefined && !/^[1-9]\d*$/.test(step))) return false;
  if (range === "*") return true;
  const ends = range.split("-").map((end) => numberOf(end, index));
  if (ends.length > 2 || ends.includes(undefined)) return false;
  const [from = 0, to = from] = ends;
  return from <= to;
}

function numberOf(value: string, index: number): number | undefined {
  const field = fields[index];
  if (field === undefined) return undefined;
  const named = field.names?.indexOf(value.toLowerCase()) ?? -1;
  if (named >= 0) return named + field.least;
  const number = /^\d{1,2}$/.test(value) ? Number(value) : Number.NaN;
  return number >= field.least && number <= field.most ? number : undefined;
}
