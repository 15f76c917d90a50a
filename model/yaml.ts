/** YAML files as documents with their places; each text is read once, whoever asks. */
import { LineCounter, parseDocument, type Document } from "yaml";

import { once } from "./once.ts";

export interface YamlFile {
  /** With its errors, a key that stands twice among them. */
  readonly document: Document;
  readonly lines: LineCounter;
}

/** Documents are large: of more files than these, reading some twice is better. */
const MOST = 100;

/** Reads a file. The document is shared: do not change it. */
export const readYaml = once((_file: string, text: string): YamlFile => {
  const lines = new LineCounter();
  return { document: parseDocument(text, { lineCounter: lines }), lines };
}, MOST);

/** What a file says, as plain data; `undefined` where it is no YAML. Shared like the document: do not change it. */
export const plainYaml = once((file: string, text: string): unknown => {
  const { document } = readYaml(file, text);
  if (document.errors.length > 0) return undefined;
  try {
    return document.toJS();
  } catch {
    // An alias without its anchor is found only now.
    return undefined;
  }
}, MOST);
