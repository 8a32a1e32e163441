import type { ContainerGroup } from '../eci/container-groups.ts';
import { TAG } from '../group/tags.ts';
import { type Caller, isSameBoot, type Place, UNKNOWN } from '../state/caller.ts';

/** Where a judgement is made: this host, and the process that asks (whose namespaces and boot are looked at). */
export interface Here {
  readonly host: string;
  readonly self: Place;
  /** Processes of other users can be seen: `/proc` may be mounted so that they cannot (proc(5), hidepid). */
  readonly seesAll: boolean;
}

/** What is known of the job behind a group or a record, and what can be seen of its runner from here. */
export interface Facts {
  /** Random id of the host that made it; undefined when nobody says. */
  readonly host: string | undefined;
  /** The runner's process; undefined when neither record nor tag tells. */
  readonly maker: Caller | undefined;
  /** Start time of the process that has the maker's number now; undefined when there is none, `UNKNOWN` when it cannot be looked at. */
  readonly presentStart: string | undefined;
  /** The runner's folder for the job is there; undefined when it is not known which one that is. */
  readonly folderExists: boolean | undefined;
}

/** `living` includes what cannot be judged from here: it ends by its deadline. */
export interface Verdict {
  readonly is: 'living' | 'dead';
  /** For a table: the reason, without a full stop. */
  readonly why: string;
}

/**
 * Whether the job behind something can still be alive. Between two stages no process of ours runs, so it is the runner that is looked for; a job
 * is dead only if that can be seen for certain.
 */
export function judgeJob({ host, maker, presentStart, folderExists }: Facts, here: Here): Verdict {
  const living = (why: string): Verdict => ({ is: 'living', why });
  const dead = (why: string): Verdict => ({ is: 'dead', why });
  if (host !== here.host) return living('another host made it');
  if (maker === undefined || isUnknown(maker) || isUnknown(here.self)) return living('its runner cannot be judged');
  if (!isSameBoot(maker.bootId, here.self.bootId)) return dead('this host was started anew since');
  if (maker.pidNamespace !== here.self.pidNamespace || maker.mountNamespace !== here.self.mountNamespace) {
    return living('its runner lives in another namespace');
  }
  if (presentStart === UNKNOWN) return living('its runner cannot be looked at');
  if (presentStart === undefined && !here.seesAll) return living('the processes of other users are hidden here');
  if (presentStart !== maker.startTime) return dead(`its runner has ended (process ${maker.pid})`);
  if (folderExists === false) return dead('its runner has given the job up');
  return living('its job runs');
}

const isUnknown = (who: Place | Caller): boolean => Object.values(who).includes(UNKNOWN);

/**
 * Whether nobody can need a group any more. Both moments are the cloud's: its creation, and now; the manager that wrote the deadline may have a
 * wrong clock. A group without our newer tag is judged by the moment in the older one.
 * @param now by the cloud's clock, in milliseconds since the epoch.
 */
export function isPastDeadline({ tags, createdAt }: ContainerGroup, now: number): boolean {
  const seconds = Number(tags[TAG.seconds] ?? Number.NaN);
  const deadline =
    createdAt !== undefined && Number.isFinite(seconds) && seconds > 0
      ? createdAt + seconds * 1000
      : Date.parse(tags[TAG.deadline] ?? '');
  return now > deadline;
}
