import { type BadLuck, SYSTEM, MENDED, ONE_ROUND, stock } from './row.ts';

const out = (code: string): BadLuck => ({
  what: `out of stock everywhere: ${code}`,
  reads: `cn-beijing-k … ecs.g6.2xlarge … spot … (${code})`,
  ...SYSTEM,
  creates: 12,
  groups: 0,
  world: { scenario: stock(`answers = ["no-stock"]\ncode = "${code}"`), settings: ONE_ROUND },
});

export const STOCK: readonly BadLuck[] = [
  out('OperationDenied.NoStock'),
  out('Spot.NotMatched'),
  out('RecommendEmpty.InstanceTypeSoldOut'),
  {
    what: 'out of stock everywhere: a new code that carries the text "The instanceTypes are out of usage"',
    reads: 'cn-beijing-k … ecs.g6.2xlarge … spot … out of stock (Some.NewCode)',
    ...SYSTEM,
    creates: 12,
    groups: 0,
    world: { scenario: stock('answers = ["no-stock"]\ncode = "Some.NewCode"'), settings: ONE_ROUND },
  },
  {
    what: 'out of stock everywhere, told after the create call (ScheduleFailed)',
    reads: 'cn-beijing-k … ecs.g6.2xlarge … spot … out of stock after create (NoStock)',
    ...SYSTEM,
    creates: 12,
    groups: 12,
    world: { scenario: stock('answers = ["schedule-failed"]'), settings: ONE_ROUND },
  },
  {
    what: 'no zone is on sale',
    reads: 'cn-beijing-k … ecs.c6.2xlarge … spot … zone not on sale (Zone.NotOnSale)',
    ...SYSTEM,
    // One a zone: the other type is not tried there.
    creates: 6,
    groups: 0,
    world: { scenario: stock('answers = ["no-stock"]\ncode = "Zone.NotOnSale"'), settings: ONE_ROUND },
  },
  {
    what: 'no zone has spot capacity, and on-demand is allowed',
    reads: 'cn-beijing-h … on-demand … eci-… created, …',
    ...MENDED,
    creates: 5,
    groups: 1,
    world: { scenario: stock('policy = "spot"\nanswers = ["no-stock"]'), tables: '[spot]\non_demand_fallback = true' },
  },
  {
    what: 'stuck in Scheduling in the first place',
    reads: 'cn-beijing-h … spot … eci-… got no resources in time, …',
    ...MENDED,
    creates: 2,
    groups: 2,
    world: {
      scenario: stock('zone = "cn-beijing-h"\ntype = "ecs.c6.2xlarge"\nanswers = ["stuck"]'),
      settings: 'scheduling_timeout = 1',
    },
  },
  {
    what: 'Pending without an address in the first place',
    reads: 'cn-beijing-h … spot … eci-… got no resources in time, …',
    ...MENDED,
    creates: 2,
    groups: 2,
    world: {
      scenario: stock('zone = "cn-beijing-h"\ntype = "ecs.c6.2xlarge"\nanswers = ["no-address"]'),
      settings: 'scheduling_timeout = 1',
    },
  },
  {
    what: 'a vSwitch has no free addresses',
    reads: 'cn-beijing-h … spot … vSwitch has no free addresses (InvalidVSwitchId.IpNotEnough), …',
    ...MENDED,
    creates: 2,
    groups: 1,
    world: { scenario: '', firstVSwitch: 'addresses = 0' },
  },
  {
    what: 'a type that ECI does not sell',
    reads: 'cn-beijing-h … ecs.none.large … type cannot be used with ECI (InvalidInstanceTypeForEciBuy), …',
    ...MENDED,
    creates: 2,
    groups: 1,
    world: { settings: 'instance_types = ["ecs.none.large", "ecs.c6.2xlarge"]' },
  },
  {
    what: 'a type that is not sold with the spot duration of the settings',
    reads: 'ECI does not take a spot duration of 1 h for ecs.short.large: going on with 0 h.',
    ...MENDED,
    creates: 2,
    groups: 1,
    world: {
      scenario:
        '[[instance_type]]\nname = "ecs.short.large"\ncpu = 2\nmemory = 4\nlist_price = 1\nspot_price = 0.2\nspot_durations = [0]',
      settings: 'instance_types = ["ecs.short.large"]',
    },
  },
  {
    what: 'the image cache of the settings cannot be used',
    reads: 'The image cache imc-none cannot be used: going on without it.',
    ...MENDED,
    creates: 2,
    groups: 1,
    world: { settings: 'image_cache_id = "imc-none"' },
  },
];
