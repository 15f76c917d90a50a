/**
 * Files of a repository that are made from what its system declares, so that no person keeps them in step: a pure function from data to
 * text. Their source is the declaration; `gatehouse pipelines propose` brings a change of it to the repository.
 */
import type { System } from "../model/system.ts";
import { renderNotifications } from "./notifications/workflow.ts";
import { renderStrategies } from "./strategies.ts";

/** First line of every file made here, after the comment sign of its language. */
export const madeBy = "Made by Gatehouse from systems/";

/** Makes some files of a repository from its system and the files that stand in its folder. */
export type Renderer = (system: System, written: ReadonlyMap<string, string>) => ReadonlyMap<string, string>;

const renderers: readonly Renderer[] = [renderStrategies, renderNotifications];

/**
 * @param written The files that stand in the system's `repository/` folder: path → text.
 * @returns Path → text of the files that are made; none of them may stand in the folder too.
 */
export function renderFiles(system: System, written: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  return new Map(renderers.flatMap((render) => [...render(system, written)]));
}
