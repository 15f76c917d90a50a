/**
 * What a Kustomize overlay deploys, with the place of each part: objects, images, and what it lists that is not there. Not a renderer: what
 * cannot be read from the files alone, such as a chart or a remote base, is said to be opaque.
 */
import { posix } from "node:path";
import { isMap, isSeq, isScalar } from "yaml";
import {
  containerImages,
  isUnreadable,
  mapsOf,
  readYaml,
  scalarOf,
  textsOf,
  type Located,
  type Unreadable,
  type YamlDocument,
} from "./documents.ts";
import { imageOf, withImages, type OverlayImage } from "./images.ts";

/** A Kubernetes object that is rendered. */
export interface RenderedObject {
  /** Empty for the core group. */
  readonly group: string;
  readonly kind: string;
  readonly name: string;
  /** Where it goes; `undefined` where neither it nor its kustomization says so. */
  readonly namespace: string | undefined;
  readonly file: string;
  readonly line: number;
}

/** Something that a kustomization names. */
export interface Listed extends Located {
  /** The kustomization. */
  readonly file: string;
}

export interface Overlay {
  readonly objects: readonly RenderedObject[];
  /** Of all containers, as they are after every kustomization on the way. */
  readonly images: readonly OverlayImage[];
  /** Listed, and no file of the repository; the folder itself where it has no kustomization. */
  readonly missing: readonly Listed[];
  /** What brings in more than the files say. */
  readonly opaque: readonly Listed[];
  readonly unreadable: readonly Unreadable[];
}

const names = ["kustomization.yaml", "kustomization.yml", "Kustomization"];
const nothing: Overlay = { objects: [], images: [], missing: [], opaque: [], unreadable: [] };

/** Path of a folder's kustomization; `undefined` where it has none. */
export const kustomizationOf = (files: ReadonlyMap<string, string>, folder: string): string | undefined =>
  names.map((name) => posix.join(folder, name)).find((path) => files.has(path));

/** @param folder Folder of the overlay. */
export function readOverlay(files: ReadonlyMap<string, string>, folder: string): Overlay {
  const path = posix.normalize(folder).replace(/\/$/, "");
  return read(files, path, { text: path, file: path, line: 1 }, new Set());
}

function read(files: ReadonlyMap<string, string>, folder: string, by: Listed, seen: ReadonlySet<string>): Overlay {
  const file = kustomizationOf(files, folder);
  if (file === undefined) return { ...nothing, missing: [by] };
  if (seen.has(folder)) return nothing;
  const documents = readYaml(file, files.get(file) ?? "");
  if (isUnreadable(documents)) return { ...nothing, unreadable: [documents] };
  const [kustomization] = documents;
  if (kustomization === undefined) return nothing;
  const { document, lineOf } = kustomization;
  const list = (key: string): readonly Listed[] => textsOf(document.contents, key, lineOf).map((entry) => ({ ...entry, file }));
  const inside = new Set([...seen, folder]);
  const parts = [
    ...["resources", "bases", "components", "crds"].flatMap(list).map((entry) => resource(files, folder, entry, inside)),
    ...patches(files, folder, kustomization),
    { ...nothing, objects: generated(kustomization), ...missingOf(files, folder, generatorFiles(kustomization)) },
    { ...nothing, opaque: opaqueOf(kustomization) },
  ];
  const all = together(parts);
  const namespace = scalarOf(document.contents, "namespace", lineOf)?.text;
  return {
    ...all,
    objects: all.objects.map((object) => ({ ...object, namespace: namespace ?? object.namespace })),
    images: withImages(all.images, kustomization),
  };
}

function together(parts: readonly Overlay[]): Overlay {
  return {
    objects: parts.flatMap(({ objects }) => objects),
    images: parts.flatMap(({ images }) => images),
    missing: parts.flatMap(({ missing }) => missing),
    opaque: parts.flatMap(({ opaque }) => opaque),
    unreadable: parts.flatMap(({ unreadable }) => unreadable),
  };
}

function resource(files: ReadonlyMap<string, string>, folder: string, entry: Listed, seen: ReadonlySet<string>): Overlay {
  // A remote base: its files are somebody else's, and may change.
  if (/^[\w+]+:\/\/|^[\w.-]+@|\?ref=|^github\.com\//.test(entry.text)) return { ...nothing, opaque: [entry] };
  const path = posix.join(folder, entry.text).replace(/\/$/, "");
  const text = files.get(path);
  return text === undefined ? read(files, path, entry, seen) : manifests(path, text);
}

function manifests(file: string, text: string): Overlay {
  const documents = readYaml(file, text);
  if (isUnreadable(documents)) return { ...nothing, unreadable: [documents] };
  return {
    ...nothing,
    objects: documents.flatMap(objectOf),
    images: documents.flatMap((document) => containerImages(document).map((image) => imageOf(image, file))),
  };
}

function objectOf({ file, document, lineOf }: YamlDocument): RenderedObject[] {
  const contents = document.contents;
  const kind = scalarOf(contents, "kind", lineOf);
  if (kind === undefined) return [];
  const group = groupOf(scalarOf(contents, "apiVersion", lineOf)?.text ?? "");
  const metadata = isMap(contents) ? contents.get("metadata", true) : undefined;
  const name = scalarOf(metadata, "name", lineOf)?.text ?? "";
  return [{ group, kind: kind.text, name, namespace: scalarOf(metadata, "namespace", lineOf)?.text, file, line: kind.line }];
}

/** `apps/v1` → `apps`; the core group is empty. */
const groupOf = (apiVersion: string): string => (apiVersion.includes("/") ? apiVersion.slice(0, apiVersion.indexOf("/")) : "");

/** Patches add no object, but may set an image. */
function patches(files: ReadonlyMap<string, string>, folder: string, { file, document, lineOf }: YamlDocument): Overlay[] {
  const contents = document.contents;
  const lists = ["patches", "patchesJson6902"].flatMap((key) => mapsOf(contents, key));
  const paths = [
    ...lists.flatMap((patch) => scalarOf(patch, "path", lineOf) ?? []),
    ...textsOf(contents, "patchesStrategicMerge", lineOf),
  ].map((entry) => ({ ...entry, file }));
  const images = [
    ...lists.flatMap((patch) => {
      const text = patch.get("patch");
      return typeof text === "string" ? [{ file, text, line: lineOf(patch) }] : [];
    }),
    ...paths.flatMap((entry) => {
      const path = posix.join(folder, entry.text);
      const text = files.get(path);
      return text === undefined ? [] : [{ file: path, text, line: 1 }];
    }),
  ].flatMap(({ file: place, text, line }) => patchedImages(text).map((image) => imageOf({ ...image, line: line + image.line - 1 }, place)));
  return [{ ...nothing, images, ...missingOf(files, folder, paths) }];
}

function patchedImages(text: string): readonly Located[] {
  const documents = readYaml("", text);
  if (isUnreadable(documents)) return [];
  return documents.flatMap((document) => {
    const { contents } = document.document;
    if (!isSeq(contents)) return containerImages(document);
    return contents.items.flatMap((operation) => {
      const path = scalarOf(operation, "path", document.lineOf)?.text ?? "";
      const value = isMap(operation) ? operation.get("value", true) : undefined;
      if (!path.endsWith("/image") || !isScalar(value)) return [];
      return [{ text: String(value.value), line: document.lineOf(value) }];
    });
  });
}

const generators: Readonly<Record<string, string>> = { configMapGenerator: "ConfigMap", secretGenerator: "Secret" };

function generated({ file, document, lineOf }: YamlDocument): RenderedObject[] {
  return Object.entries(generators).flatMap(([key, kind]) =>
    mapsOf(document.contents, key).map((generator) => {
      const name = scalarOf(generator, "name", lineOf)?.text ?? "";
      return { group: "", kind, name, namespace: scalarOf(generator, "namespace", lineOf)?.text, file, line: lineOf(generator) };
    }),
  );
}

function generatorFiles({ file, document, lineOf }: YamlDocument): readonly Listed[] {
  return Object.keys(generators)
    .flatMap((key) => mapsOf(document.contents, key))
    .flatMap((generator) => [...textsOf(generator, "files", lineOf), ...textsOf(generator, "envs", lineOf)])
    .map(({ text, line }) => ({ text: text.slice(text.indexOf("=") + 1), line, file }));
}

function opaqueOf({ file, document, lineOf }: YamlDocument): readonly Listed[] {
  const contents = document.contents;
  const charts = ["helmCharts", "helmChartInflationGenerator"].flatMap((key) => mapsOf(contents, key));
  return [
    ...charts.map((chart) => ({ text: `chart ${scalarOf(chart, "name", lineOf)?.text ?? ""}`, line: lineOf(chart), file })),
    ...["generators", "transformers"].flatMap((key) => textsOf(contents, key, lineOf)).map((entry) => ({ ...entry, file })),
  ];
}

function missingOf(files: ReadonlyMap<string, string>, folder: string, listed: readonly Listed[]): Pick<Overlay, "missing"> {
  return { missing: listed.filter(({ text }) => !files.has(posix.join(folder, text))) };
}
