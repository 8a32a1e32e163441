import type { ContainerGroup } from '../eci/container-groups.ts';

const hasWarned = ({ events }: ContainerGroup, reason: string): boolean =>
  events.some((event) => event.type === 'Warning' && event.reason === reason);

/** ActiveDeadlineSeconds are over. The containers end first, and with 0; that is neither their image's doing nor a script's. */
export const hasReachedDeadline = (group: ContainerGroup): boolean => hasWarned(group, 'DeadlineExceeded');

/**
 * The spot instance is to be released within minutes ("Spot ECI will be released in %s minutes"). Until then the group is as good as any
 * other; a container that ends meanwhile may already be the reclaim, which the group's status tells only when all of them have ended.
 */
export const isReclaimAnnounced = (group: ContainerGroup): boolean => hasWarned(group, 'SpotToBeReleased');
