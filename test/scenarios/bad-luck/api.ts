import type { Emulator } from '../../../src/emulator/emulator.ts';
import { type BadLuck, SYSTEM, MENDED, NOTHING, ONE_DOOR } from './row.ts';

const refuse =
  (action: string, code: string, times = 1) =>
  (emulator: Emulator): void =>
    emulator.fault({ action, fault: 'refuse', code, message: 'As the test wants it.', times });

export const API: readonly BadLuck[] = [
  {
    what: 'throttled for a minute',
    reads: 'eci-… in cn-beijing-h, ecs.c6.2xlarge, …',
    ...MENDED,
    // How many calls a minute of back-off makes depends on chance: 17 to 54 in 200,000 simulated minutes. One a second would be 60.
    creates: Number.NaN,
    calls: (requests) => {
      const refused = requests.filter((call) => call.code === 'Throttling.User').length;
      return refused >= 5 && refused < 60;
    },
    groups: 1,
    world: { settings: 'poll_timeout = 120' },
    before: (emulator) => {
      emulator.fault({ action: 'CreateContainerGroup', fault: 'throttle', times: 10_000 });
      setTimeout(() => emulator.clearFaults(), 60_000).unref();
    },
  },
  {
    what: 'ECI does not answer the create call',
    reads: 'eci-… in cn-beijing-h, ecs.c6.2xlarge, …',
    ...MENDED,
    creates: 2,
    groups: 1,
    before: (emulator) => emulator.fault({ action: 'CreateContainerGroup', fault: 'stall' }),
  },
  {
    what: "ECI's answer comes after our deadline",
    reads: 'eci-… in cn-beijing-h, ecs.c6.2xlarge, …',
    ...MENDED,
    creates: 2,
    groups: 1,
    before: (emulator) => emulator.fault({ action: 'CreateContainerGroup', fault: 'delay', seconds: 31 }),
  },
  {
    what: 'the connection is reset before the work',
    reads: 'eci-… in cn-beijing-h, ecs.c6.2xlarge, …',
    ...MENDED,
    creates: 2,
    groups: 1,
    before: (emulator) => emulator.fault({ action: 'CreateContainerGroup', fault: 'reset' }),
  },
  {
    what: 'the group is created, and the answer is lost',
    reads: 'eci-… in cn-beijing-h, ecs.c6.2xlarge, …',
    ...MENDED,
    creates: 2,
    groups: 1,
    before: (emulator) => emulator.fault({ action: 'CreateContainerGroup', fault: 'lose-answer' }),
  },
  {
    what: 'something in between answers with a page (HTML)',
    reads: 'eci-… in cn-beijing-h, ecs.c6.2xlarge, …',
    ...MENDED,
    creates: 2,
    groups: 1,
    before: (emulator) => emulator.fault({ action: 'CreateContainerGroup', fault: 'http-502-html' }),
  },
  {
    what: 'the answer is 200 and has no id: the group is found by its tags',
    reads: 'eci-… in cn-beijing-h, ecs.c6.2xlarge, …',
    ...MENDED,
    creates: 1,
    groups: 1,
    before: (emulator) => emulator.fault({ action: 'CreateContainerGroup', fault: 'empty-answer' }),
  },
  {
    what: 'ECI has an internal error',
    reads: 'eci-… in cn-beijing-h, ecs.c6.2xlarge, …',
    ...MENDED,
    creates: 2,
    groups: 1,
    before: (emulator) => emulator.fault({ action: 'CreateContainerGroup', fault: 'internal-error' }),
  },
  {
    what: 'a vSwitch is still being made (IncorrectStatus on create)',
    reads: 'eci-… in cn-beijing-h, ecs.c6.2xlarge, …',
    ...MENDED,
    creates: 2,
    groups: 1,
    before: refuse('CreateContainerGroup', 'IncorrectStatus'),
  },
  {
    what: 'the API cannot be reached at all',
    reads: 'CreateContainerGroup: the connection failed (ECONNREFUSED)',
    ...SYSTEM,
    ...NOTHING,
    world: { settings: ONE_DOOR },
    before: (emulator) => emulator.stop(),
  },
  {
    what: 'IncorrectStatus on delete',
    reads: 'Job succeeded',
    ...MENDED,
    creates: 1,
    groups: 1,
    before: refuse('DeleteContainerGroup', 'IncorrectStatus', 3),
  },
  {
    what: 'a code that no table knows',
    reads:
      'No container group could be created for … refused: CreateContainerGroup: Brand.New (HTTP 400): As the test wants it. …',
    ...SYSTEM,
    creates: 3,
    groups: 0,
    before: refuse('CreateContainerGroup', 'Brand.New', 3),
  },
];
