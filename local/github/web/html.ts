/** HTML made safely: whatever is put into a template is escaped, unless it is HTML already. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

const ESCAPES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

/** What may stand in a page. */
export type Piece = Html | string | number | boolean | null | undefined | readonly Piece[];

function show(value: Piece): string {
  if (value instanceof Html) return value.text;
  if (typeof value === "object" && value !== null) return value.map(show).join("");
  return String(value ?? "").replace(/[&<>"']/g, (character) => ESCAPES[character] ?? character);
}

/** A piece of a page: html`<b>${text}</b>` */
export function html(parts: TemplateStringsArray, ...values: readonly Piece[]): Html {
  return new Html(parts.map((part, index) => part + (index < values.length ? show(values[index]) : "")).join(""));
}

const STYLE = `
:root { color-scheme: light dark; --line: #d0d7de; --soft: #656d76; --accent: #0969da; --back: #f6f8fa; }
@media (prefers-color-scheme: dark) { :root { --line: #30363d; --soft: #8d96a0; --accent: #4493f8; --back: #161b22; } }
body { font: 15px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 68rem; padding: 1.5rem; }
header { display: flex; gap: 1.5rem; align-items: baseline; border-bottom: 1px solid var(--line); margin-bottom: 1rem; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
a { color: var(--accent); text-decoration: none; } a:hover { text-decoration: underline; }
table { border-collapse: collapse; width: 100%; } th, td { text-align: left; padding: .35rem .6rem; border-bottom: 1px solid var(--line); vertical-align: top; }
th { color: var(--soft); font-weight: 600; } .soft { color: var(--soft); }
.whole { white-space: nowrap; }
.tag { border: 1px solid var(--line); border-radius: 1rem; padding: 0 .5rem; font-size: .85em; background: var(--back); }
code, pre { font: 13px/1.45 ui-monospace, monospace; } pre { background: var(--back); border: 1px solid var(--line); border-radius: 6px; padding: .8rem; overflow: auto; }
`;

/** @param empty what is said instead when there are no rows. */
export function table(heads: readonly string[], rows: readonly (readonly Piece[])[], empty: string): Html {
  if (rows.length === 0) return html`<p class="soft">${empty}</p>`;
  return html`<table>
    <thead>
      <tr>
        ${heads.map((head) => html`<th>${head}</th>`)}
      </tr>
    </thead>
    <tbody>
      ${rows.map(
        (cells) =>
          html`<tr>
            ${cells.map((cell) => html`<td>${cell}</td>`)}
          </tr>`,
      )}
    </tbody>
  </table>`;
}

const LINKS: readonly (readonly [address: string, text: string])[] = [
  ["/", "Organizations"],
  ["/requests", "Request log"],
];

/** A whole page. @param links what stands beside the title; the local GitHub's own unless said otherwise. */
export function page(title: string, body: Html, links = LINKS): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title}</title>
        <style>
          ${new Html(STYLE)}
        </style>
      </head>
      <body>
        <header>
          <h1>${title}</h1>
          ${links.map(([address, text]) => html`<a href="${address}">${text}</a>`)}
        </header>
        ${body}
      </body>
    </html>`.text;
}
