import type { Answer } from '../eci/answers/answer.ts';
import type { Settings } from '../settings/schema.ts';
import type { Choice } from './plan.ts';

/** What a request leaves out or says otherwise than the settings, because ECI refused it as it was. */
export interface Adjustments {
  readonly withoutImageCache: boolean;
  /** SpotDuration by type or size, in hours. */
  readonly spotDurations: Readonly<Record<string, number>>;
}

export const NO_ADJUSTMENTS: Adjustments = { withoutImageCache: false, spotDurations: {} };

/** @returns how the same attempt is to be made again; undefined when the answer asks for nothing of the kind, or all of it has been tried. */
export function adjusted(
  { means }: Answer,
  { instance }: Choice,
  now: Adjustments,
  settings: Settings,
): Adjustments | undefined {
  if (means === 'without-image-cache') return withoutImageCache(now, settings);
  return means === 'other-spot-duration' ? otherSpotDuration(now, instance.label, settings) : undefined;
}

/** @returns undefined when the cache has been left out already, or none is named. */
function withoutImageCache(now: Adjustments, settings: Settings): Adjustments | undefined {
  if (now.withoutImageCache || settings.image_cache_id === undefined) return undefined;
  return { ...now, withoutImageCache: true };
}

/**
 * One hour is ECI's default, none its only alternative today; older pages and pipelines know longer ones (ECI: SpotDuration). Long ones become
 * an hour, an hour becomes none, none becomes an hour.
 * @returns undefined when all have been tried.
 */
function otherSpotDuration(now: Adjustments, label: string, settings: Settings): Adjustments | undefined {
  const wanted = settings.spot.duration;
  const last = now.spotDurations[label];
  const next = last === undefined ? (wanted === 1 ? 0 : 1) : last === 1 && wanted > 1 ? 0 : undefined;
  return next === undefined ? undefined : { ...now, spotDurations: { ...now.spotDurations, [label]: next } };
}
