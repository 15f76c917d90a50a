/** May an image go from one tier to the next, and what would change? Pure: what was looked up goes in, refusals and files come out. */
import type { Tier } from "../model/system.ts";
import { bannedTags, bannedTagsOf, kustomizationOf, tagsOf, withTags } from "./overlays.ts";
import { freezeAt, isOpen, nextSlot } from "./windows.ts";

/** Why something is not done, told to whoever asked for it. */
export interface Refusal {
  /** What was asked for, such as `image sha-a1b2c3d4 of dex`. */
  readonly subject: string;
  readonly rule: string;
  readonly fix: string;
}

/** An overlay as a branch has it. */
export interface OverlayFacts {
  readonly tier: string;
  readonly branch: string;
  readonly folder: string;
  /** Text of its kustomization. */
  readonly kustomization: string;
  /** Text of its list of banned tags; empty where there is none. */
  readonly banned: string;
}

/** What was looked up about one package's tag. */
export interface ImageFacts {
  readonly package: string;
  readonly tag: string;
  /** Where it was looked for, without the tag. */
  readonly image: string;
  /** `sha256:…`, or `undefined` where the registry has no such tag. */
  readonly digest: string | undefined;
  readonly validation: Validation;
}

/** Whether the tag ran well in the tier before; `how` says what proves it, `why` what is missing. */
export type Validation =
  { readonly valid: true; readonly how: string } | { readonly valid: false; readonly why: string; readonly fix: string };

export interface PromotionFacts {
  readonly images: readonly ImageFacts[];
  readonly from: OverlayFacts;
  readonly to: OverlayFacts;
}

/** Everything that speaks against the promotion of these images; nothing when it may go ahead. The window is judged by `judgeWindow`. */
export function judgeImages({ images, from, to }: PromotionFacts): Refusal[] {
  const places = tagsOf(to.kustomization);
  return images.flatMap((image): Refusal[] => {
    const subject = `image ${image.tag} of ${image.package}`;
    const refusals: Refusal[] = [];
    if (!places.has(image.package)) {
      refusals.push({
        subject,
        rule: `${kustomizationOf(to.folder)} on ${to.branch} sets no newTag for it`,
        fix: `name a package that the overlay of ${to.tier} deploys: ${[...places.keys()].join(", ") || "there is none"}`,
      });
    }
    if (image.digest === undefined) {
      refusals.push({
        subject,
        rule: `${image.image}:${image.tag} is not in the registry: nothing that was not built and scanned is promoted`,
        fix: "build it by merging its commit, or name a tag that the registry has",
      });
    }
    for (const overlay of [to, from]) {
      if (!bannedTags(overlay.banned).has(image.tag)) continue;
      refusals.push({
        subject,
        rule: `it is banned: it stands in ${bannedTagsOf(overlay.folder)} on ${overlay.branch}, as it was rolled back`,
        fix: "promote a later image",
      });
    }
    if (!image.validation.valid) {
      refusals.push({ subject, rule: `${from.tier} has not validated it: ${image.validation.why}`, fix: image.validation.fix });
    }
    return refusals;
  });
}

/** Outside its window and in a freeze a tier takes no promotion. */
export function judgeWindow({ name, windows }: Pick<Tier, "name" | "windows">, now: Date): Refusal[] {
  if (windows === undefined || isOpen(windows, now)) return [];
  const freeze = freezeAt(windows, now);
  return [
    {
      subject: `tier ${name} at ${stamp(now)}`,
      rule:
        freeze === undefined
          ? "it is outside the tier's deployment window"
          : `deployments are frozen from ${freeze.from} to ${freeze.to}: ${freeze.reason}`,
      fix: `wait for ${describeSlot({ windows }, now)}; a rollback is possible at any time`,
    },
  ];
}

/** `the next open slot, 2026-11-23 09:00 UTC to 2026-11-23 17:00 UTC` */
export function describeSlot({ windows }: Pick<Tier, "windows">, now: Date): string {
  const slot = windows === undefined ? undefined : nextSlot(windows, now);
  return slot === undefined ? "a slot: none opens within two years" : `the next open slot, ${stamp(slot.opens)} to ${stamp(slot.closes)}`;
}

const stamp = (moment: Date): string => `${moment.toISOString().slice(0, 16).replace("T", " ")} UTC`;

/** Files of the target's branch that the promotion changes: path → text. Empty where the overlay carries the tags already. */
export function promotionChanges({ images, to }: PromotionFacts): ReadonlyMap<string, string> {
  const text = withTags(to.kustomization, new Map(images.map((image) => [image.package, image.tag])));
  return text === to.kustomization ? new Map() : new Map([[kustomizationOf(to.folder), text]]);
}

/** `sha-a1b2c3d4`, or `airflow sha-1, frontend sha-2` where packages differ. */
export function describeTags(tags: ReadonlyMap<string, string>): string {
  const different = [...new Set(tags.values())];
  return different.length === 1 && different[0] !== undefined ? different[0] : [...tags].map(([name, tag]) => `${name} ${tag}`).join(", ");
}
