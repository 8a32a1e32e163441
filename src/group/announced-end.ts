import type { ContainerGroup, GroupEvent } from '../eci/container-groups.ts';

const warningOf = ({ events }: ContainerGroup, reason: string): GroupEvent | undefined =>
  events.find((event) => event.type === 'Warning' && event.reason === reason);

/** ActiveDeadlineSeconds are over. The containers end first, and with 0; that is neither their image's doing nor a script's. */
export const hasReachedDeadline = (group: ContainerGroup): boolean =>
  warningOf(group, 'DeadlineExceeded') !== undefined;

/** The host has failed ("Custom events of ECI"); the event's own words, undefined when it has not. */
export const hostFailure = (group: ContainerGroup): string | undefined =>
  warningOf(group, 'SystemFailureReboot')?.message;

/**
 * The account owes money, and ECI has ended the group. It is `Expired` then, as a spot instance that was reclaimed: only an on-demand one says so by
 * that alone.
 */
export const hasEndedInArrears = (group: ContainerGroup): boolean =>
  group.status === 'Expired' && (!group.isSpot || warningOf(group, 'InsufficientBalance') !== undefined);

/** The spot instance was taken back. */
export const isReclaimed = (group: ContainerGroup): boolean => group.status === 'Expired' && !hasEndedInArrears(group);

/** What most pages say; newer ones say five, and the event itself says it. */
const USUAL_NOTICE = 3;

/**
 * The spot instance is to be released within minutes ("Spot ECI will be released in %s minutes"). Until then the group is as good as any
 * other; a container that ends meanwhile may already be the reclaim, which the group's status tells only when all of them have ended.
 * @param cloudNow by the cloud's clock, in milliseconds since the epoch; undefined when it is not known.
 * @returns how many minutes are left, as far as it can be told; undefined when nothing is announced.
 */
export function announcedReclaim(
  group: ContainerGroup,
  cloudNow?: number,
): { readonly minutesLeft: number } | undefined {
  const event = warningOf(group, 'SpotToBeReleased');
  if (event === undefined) return undefined;
  const notice = Number(/(\d+) min/.exec(event.message)?.[1] ?? USUAL_NOTICE);
  const gone = cloudNow === undefined || event.at === undefined ? 0 : Math.max(0, cloudNow - event.at) / 60_000;
  return { minutesLeft: Math.max(0, notice - gone) };
}
