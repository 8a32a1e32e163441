import { DriverError } from '../driver-error.ts';
import { ImageFailure } from '../group/wait-ready.ts';
import { abandonGroup } from '../placement/abandon-group.ts';
import type { PlacementPorts } from '../placement/ports.ts';
import type { ImageLogins } from '../registries/image-logins.ts';
import type { PullPlan } from '../registries/pull-policies.ts';
import type { Settings } from '../settings/schema.ts';

interface PullPorts extends Pick<PlacementPorts, 'clock' | 'record' | 'groups' | 'signal' | 'log' | 'decisions'> {
  readonly pulls: PullPlan;
  readonly logins: ImageLogins;
}

/**
 * Starts a group, and another one by the next pull policy each time that an image has not come, as long as there is one (runner:
 * `withPullRetry` of the Kubernetes executor).
 * @param start makes a group and waits until it is ready.
 * @throws what the last start has thrown.
 */
export async function pullByPolicies<T>(
  start: () => Promise<T>,
  settings: Pick<Settings, 'scheduling_timeout'>,
  ports: PullPorts,
): Promise<T> {
  const { pulls, logins, record, log, decisions } = ports;
  for (let attempt = 1; ; attempt++) {
    try {
      return await start();
    } catch (error) {
      if (!(error instanceof ImageFailure)) throw error;
      if (!pulls.canGoOn(error.pull)) throw blamed(error, logins);
      const { failed, next } = pulls.goOn(error.pull, attempt);
      await log.warning(failed);
      await log.line(next);
      const made = record.creates.findLast(({ state }) => state === 'created');
      await decisions.write('warn', 'pull failed', { group: made?.groupId, next });
      if (made?.groupId !== undefined) await abandonGroup(made.groupId, made.try, settings, ports);
    }
  }
}

const NOT_LET_IN = /unauthori[sz]ed|denied|forbidden|authentication required|no basic auth/i;

/** A registry that lets nobody in may do so because a login of this host could not be read: then the job is not to blame. */
function blamed(error: ImageFailure, { logins, isIncomplete }: ImageLogins): DriverError {
  const { image, text } = error.pull;
  const hasLogin = logins.some((each) => each.image === image);
  if (error.fault !== 'user' || !isIncomplete || hasLogin || !NOT_LET_IN.test(text)) return error;
  return new DriverError('operator', error.message, {
    hint: "Mend the logins of the runner's host (see the warnings above): the image may need one of them.",
  });
}
