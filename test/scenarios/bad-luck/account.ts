import { type BadLuck, SYSTEM, MENDED, ONE_DOOR } from './row.ts';

export const ACCOUNT: readonly BadLuck[] = [
  {
    what: 'the account owes money',
    reads: 'the account owes money or cannot pay: CreateContainerGroup: Account.Arrearage (HTTP 400): …',
    ...SYSTEM,
    creates: 3,
    groups: 0,
    world: { scenario: '[account]\narrears = true' },
  },
  {
    what: 'the RAM policy denies the create call',
    reads: 'not permitted: CreateContainerGroup: Forbidden.RAM (HTTP 403): …',
    ...SYSTEM,
    creates: 3,
    groups: 0,
    world: { scenario: '[account]\ndenied_actions = ["CreateContainerGroup"]' },
  },
  {
    what: 'the vCPU quota is reached, and no job of ours ends in time',
    reads: 'CreateContainerGroup: QuotaExceeded (HTTP 403): vCPU quota exceeded. …',
    ...SYSTEM,
    creates: 3,
    groups: 0,
    world: { scenario: '[account]\nvcpu_quota = 4', settings: ONE_DOOR },
  },
  {
    what: 'the vCPU quota is reached, and there is room again in time',
    reads: 'Waiting for quota, for at most …',
    ...MENDED,
    creates: 2,
    groups: 1,
    world: { scenario: '[account]\nvcpu_quota = 4', settings: 'poll_timeout = 30\npoll_interval = 1' },
    when: { log: 'Waiting for quota', then: (emulator) => emulator.changeAccount({ vcpu_quota: 100 }) },
  },
];
