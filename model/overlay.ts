/**
 * What a Kustomize overlay deploys, as far as rules must know it: kinds, names and annotations. Not a renderer: `kustomize build` is the
 * judge of everything else.
 */
import { posix } from "node:path";
import { parseAllDocuments } from "yaml";
import { once } from "./once.ts";
import { isPlainObject } from "./shape.ts";

/** A Kubernetes object that an overlay lists, directly or through a base. */
export interface OverlayObject {
  readonly kind: string;
  readonly name: string;
  readonly annotations: Readonly<Record<string, string>>;
}

const kustomizations = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/**
 * @param files Files of the repository: path → text.
 * @param folder Folder of the overlay.
 * @returns The objects of its resources; what is missing or is no YAML is left out.
 */
export function overlayObjects(files: ReadonlyMap<string, string>, folder: string): OverlayObject[] {
  return read(files, posix.normalize(folder), new Set());
}

/** The file names that the overlay's own kustomization lists under resources. */
export function overlayResources(files: ReadonlyMap<string, string>, folder: string): string[] {
  return texts(kustomizationOf(files, folder)?.["resources"]);
}

function read(files: ReadonlyMap<string, string>, folder: string, seen: Set<string>): OverlayObject[] {
  const kustomization = seen.has(folder) ? undefined : kustomizationOf(files, folder);
  if (kustomization === undefined) return [];
  seen.add(folder);
  const { resources, bases, components, namePrefix = "", nameSuffix = "" } = kustomization;
  const objects = [resources, bases, components].flatMap(texts).flatMap((entry) => {
    const path = posix.join(folder, entry);
    const text = files.get(path);
    return text === undefined ? read(files, path, seen) : documents(text).flatMap(objectOf);
  });
  const patches = patchesOf(files, folder, kustomization);
  return objects.map(({ kind, name, annotations }) => ({
    kind,
    name: `${String(namePrefix)}${name}${String(nameSuffix)}`,
    annotations: Object.assign(
      {},
      annotations,
      ...patches.filter((patch) => patch.kind === kind && patch.name === name).map((patch) => patch.annotations),
    ) as Record<string, string>,
  }));
}

function kustomizationOf(files: ReadonlyMap<string, string>, folder: string): Record<string, unknown> | undefined {
  const text = kustomizations.map((name) => files.get(posix.join(folder, name))).find((found) => found !== undefined);
  return text === undefined ? undefined : documents(text).find(isPlainObject);
}

/** Strategic-merge patches; a JSON patch changes no annotation that a rule here asks for. */
function patchesOf(files: ReadonlyMap<string, string>, folder: string, kustomization: Record<string, unknown>): OverlayObject[] {
  const { patches, patchesStrategicMerge } = kustomization;
  const entries = Array.isArray(patches) ? patches.filter(isPlainObject) : [];
  const inline = entries.flatMap(({ patch }) => (typeof patch === "string" ? [patch] : []));
  const paths = [...entries.flatMap(({ path }) => (typeof path === "string" ? [path] : [])), ...texts(patchesStrategicMerge)];
  const inFiles = paths.flatMap((path) => files.get(posix.join(folder, path)) ?? []);
  return [...inline, ...inFiles].flatMap(documents).flatMap(objectOf);
}

/** Several judges ask about the same overlay. */
const documents = (text: string): readonly unknown[] => readDocuments("", text);

const readDocuments = once((_file: string, text: string): readonly unknown[] =>
  parseAllDocuments(text).flatMap((document) => (document.errors.length > 0 ? [] : [document.toJS() as unknown])),
);

function objectOf(document: unknown): OverlayObject[] {
  if (!isPlainObject(document) || !isPlainObject(document["metadata"])) return [];
  const { kind, metadata } = document;
  const { name, annotations } = metadata;
  if (typeof kind !== "string" || typeof name !== "string") return [];
  const pairs = isPlainObject(annotations) ? Object.entries(annotations).map(([key, value]) => [key, String(value)]) : [];
  return [{ kind, name, annotations: Object.fromEntries(pairs) as Record<string, string> }];
}

function texts(list: unknown): string[] {
  return Array.isArray(list) ? list.filter((entry): entry is string => typeof entry === "string") : [];
}
