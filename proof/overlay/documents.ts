/** YAML files with the lines of what they say. */
import { isMap, isScalar, isSeq, LineCounter, parseAllDocuments, visit, type Document, type Node, type YAMLMap } from "yaml";
import { once } from "../../model/once.ts";

/** One document of a file. */
export interface YamlDocument {
  readonly file: string;
  readonly document: Document.Parsed;
  /** Line on which a node begins, from 1. */
  readonly lineOf: (node: unknown) => number;
}

/** Why a file is no YAML. */
export interface Unreadable {
  readonly file: string;
  readonly line: number;
  readonly why: string;
}

/** The documents of a file, or why it is no YAML. Empty documents are left out. */
export const readYaml: (file: string, text: string) => readonly YamlDocument[] | Unreadable = once((file, text) => {
  const lines = new LineCounter();
  const parsed = parseAllDocuments(text, { lineCounter: lines, uniqueKeys: false });
  const documents = Array.isArray(parsed) ? parsed : [];
  const [error] = documents.flatMap(({ errors }) => errors);
  if (error !== undefined) {
    return { file, line: lines.linePos(error.pos[0]).line, why: error.message.split("\n")[0]?.replace(/:$/, "") ?? "" };
  }
  const lineOf = (node: unknown): number => {
    const range = (node as Node | null | undefined)?.range;
    return range === null || range === undefined ? 1 : lines.linePos(range[0]).line;
  };
  return documents.filter(({ contents }) => contents !== null).map((document) => ({ file, document, lineOf }));
});

/** Is it the reason instead of the documents? */
export const isUnreadable = (read: readonly YamlDocument[] | Unreadable): read is Unreadable => !Array.isArray(read);

/** A text with its line. */
export interface Located {
  readonly text: string;
  readonly line: number;
}

/** A scalar as it is written: `1.10` is a tag too. */
export function scalarOf(owner: unknown, key: string, lineOf: YamlDocument["lineOf"]): Located | undefined {
  const value = isMap(owner) ? owner.get(key, true) : undefined;
  return isScalar(value) && value.value !== null && value.source !== undefined ? { text: value.source, line: lineOf(value) } : undefined;
}

/** The members of a list that are maps. */
export function mapsOf(owner: unknown, key: string): readonly YAMLMap[] {
  const list = isMap(owner) ? owner.get(key, true) : undefined;
  return isSeq(list) ? list.items.filter((item): item is YAMLMap => isMap(item)) : [];
}

/** The members of a list that are texts. */
export function textsOf(owner: unknown, key: string, lineOf: YamlDocument["lineOf"]): readonly Located[] {
  const list = isMap(owner) ? owner.get(key, true) : undefined;
  if (!isSeq(list)) return [];
  return list.items.flatMap((item) => (isScalar(item) && typeof item.value === "string" ? [{ text: item.value, line: lineOf(item) }] : []));
}

const containerLists = new Set(["containers", "initContainers", "ephemeralContainers"]);

/** Images of the containers that a document, or a patch of one, describes. */
export function containerImages({ document, lineOf }: YamlDocument): readonly Located[] {
  const found: Located[] = [];
  visit(document, {
    Pair(_key, pair) {
      if (!isScalar(pair.key) || !containerLists.has(String(pair.key.value)) || !isSeq(pair.value)) return;
      for (const container of pair.value.items) {
        const image = scalarOf(container, "image", lineOf);
        if (image !== undefined) found.push(image);
      }
    },
  });
  return found;
}
