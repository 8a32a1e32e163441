import type { Settings } from '../settings/schema.ts';

/** After the job's own time: cleanup, and what the runner does after a timeout. In seconds. */
const MARGIN = 600;

/** ECI's bounds of MaxPendingMinute ("Specify the maximum pending duration"). */
const PENDING_MINUTES = { min: 10, max: 1440 };

export interface GroupTimeLimits {
  /** ActiveDeadlineSeconds, and the agents' own lifetime: rest of the job's time plus a margin, in seconds. */
  readonly lifetime: number;
  readonly maxPendingMinutes: number;
  /** For the tags: later than every other guard could fire, in seconds from the create call, and as a moment. */
  readonly seconds: number;
  readonly deadline: Date;
}

/** @param elapsed seconds of the job's time that are gone. */
export function groupTimeLimits(timeout: number, elapsed: number, settings: Settings, now: Date): GroupTimeLimits {
  const lifetime = Math.max(1, Math.ceil(timeout - elapsed)) + MARGIN;
  const startUp = settings.scheduling_timeout + settings.image_pull_timeout + settings.ssh_timeout;
  const minutes = Math.ceil((settings.image_pull_timeout + settings.ssh_timeout) / 60);
  const seconds = startUp + lifetime;
  return {
    lifetime,
    seconds,
    maxPendingMinutes: Math.min(PENDING_MINUTES.max, Math.max(PENDING_MINUTES.min, minutes)),
    deadline: new Date(now.getTime() + seconds * 1000),
  };
}
