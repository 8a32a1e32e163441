import type { Settings } from '../settings/schema.ts';

/** What a request leaves out or says otherwise than the settings, because ECI refused it as it was. */
export interface Adjustments {
  readonly withoutImageCache: boolean;
  /** SpotDuration by type or size, in hours. */
  readonly spotDurations: Readonly<Record<string, number>>;
}

export const NO_ADJUSTMENTS: Adjustments = { withoutImageCache: false, spotDurations: {} };

/** @returns undefined when the cache has been left out already, or none is named. */
export function withoutImageCache(now: Adjustments, settings: Settings): Adjustments | undefined {
  if (now.withoutImageCache || settings.image_cache_id === undefined) return undefined;
  return { ...now, withoutImageCache: true };
}

/** One hour is ECI's default, none its only alternative today; older pages and pipelines know longer ones (ECI: SpotDuration). */
export function otherSpotDuration(now: Adjustments, label: string, settings: Settings): Adjustments | undefined {
  if (now.spotDurations[label] !== undefined) return undefined;
  return { ...now, spotDurations: { ...now.spotDurations, [label]: settings.spot.duration === 1 ? 0 : 1 } };
}
