import type { Status } from './group-state.ts';

/**
 * How the platform ends a group for a reason of its own: at once, or with the grace of a reclaim. No page tells what such a group shows; status and
 * events are as near to the reference as it goes ("Custom events of ECI"; `ExpiredTime` is documented for overdue payments).
 */
export const PLATFORM_ENDS = {
  'host-failure': end('Failed', 'SystemFailureReboot', 'The host of the instance has failed.', false),
  arrears: end('Expired', 'InsufficientBalance', 'The balance of the account is insufficient.', true),
} as const;

export type PlatformEnd = keyof typeof PLATFORM_ENDS;

function end(status: Status, reason: string, message: string, hasGrace: boolean) {
  return { status, reason, message, hasGrace };
}
