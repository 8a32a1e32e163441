import type { CloudClock } from '../clock.ts';
import type { MachineKind, MachineSpec } from '../machine.ts';
import type { Scenario } from '../scenario.ts';
import type { GroupState } from './group-state.ts';
import type { ImagePulls } from './image-pulls.ts';
import type { GroupAddresses } from './machine-spec.ts';
import type { SpotMarket } from './spot-watch.ts';

/** What the life of a group needs of the cloud around it. */
export interface LifeParts {
  readonly scenario: Scenario;
  readonly clock: CloudClock;
  readonly pulls: ImagePulls;
  readonly market: (group: GroupState) => SpotMarket;
  readonly machines: MachineKind;
  readonly takeAddress: () => string;
  readonly machineSpec: (group: GroupState, addresses: GroupAddresses) => MachineSpec;
}
