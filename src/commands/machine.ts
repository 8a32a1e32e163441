import { addressOf } from '../group/address.ts';
import type { Placed } from '../placement/make-attempt.ts';
import type { Settings } from '../settings/schema.ts';
import type { NewGroupKeys } from '../ssh/group-keys.ts';
import type { Machine } from '../state/job-record.ts';

/** How the later stages reach a group. Where there is no helper container, the build container's agent is reached in its place. */
export function machineOf({ group, choice }: Placed, settings: Settings, keys: NewGroupKeys): Machine {
  const { ports, helper, connect, keepalive_interval } = settings;
  return {
    groupId: group.id,
    zone: choice.vswitch.zone,
    address: addressOf(group, connect),
    ports: helper ? ports : { helper: ports.build, build: ports.build },
    hostKeys: { helper: (helper ? keys.helper : keys.build).public, build: keys.build.public },
    clientKey: keys.client.private,
    keepalive: keepalive_interval,
  };
}
