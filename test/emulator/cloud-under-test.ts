import eci from '@alicloud/eci20180808';
import { expect, onTestFinished } from 'vitest';
import { Config, OpenApiRequest, Params, RuntimeOptions } from '../../src/eci/vendor.ts';
import type { CloudClock } from '../../src/emulator/clock.ts';
import { type Emulator, startEmulator } from '../../src/emulator/emulator.ts';
import type { MachineKind } from '../../src/emulator/machine.ts';
import { parseScenario } from '../../src/emulator/scenario.ts';
import { FakeMachines } from './fake-machines.ts';

/** The generated client; some loaders wrap a default export of CommonJS once more. */
const Eci = 'default' in eci ? (eci.default as typeof eci) : eci;

/** Everything quick; tests append their own tables. */
export const QUICK = `
[delays]
scheduling = 0.01
schedule_failed = 0.01
image_pull = 0.01
cached_pull = 0.01
start = 0.01
pull_back_off = 0.02
[[vswitch]]
id = "vsw-h"
zone = "cn-beijing-h"
[[vswitch]]
id = "vsw-k"
zone = "cn-beijing-k"
`;

/** An item of DescribeContainerGroups, as far as tests look at it. */
export interface DescribedGroup {
  readonly [name: string]: unknown;
  readonly ContainerGroupId: string;
  readonly Status: string;
  readonly IntranetIp: string;
  readonly Events: readonly {
    readonly Type: string;
    readonly Reason: string;
    readonly Message: string;
    readonly Count: number;
  }[];
  readonly Containers: readonly DescribedContainer[];
  readonly InitContainers: readonly DescribedContainer[];
}

export interface DescribedContainer {
  readonly [name: string]: unknown;
  readonly Name: string;
  readonly Ready: boolean;
  readonly CurrentState: {
    readonly State: string;
    readonly Reason: string;
    readonly Message: string;
    readonly ExitCode?: number;
  };
}

/** What the SDK throws for an error of the API. */
export interface Refusal {
  readonly code: string;
  readonly statusCode: number;
  readonly data: Readonly<Record<string, unknown>>;
}

export type Wire = Readonly<Record<string, unknown>>;

export interface CloudOptions {
  /** Top-level keys of the scenario. */
  readonly keys?: string;
  /** Seconds from the last pull to Running. */
  readonly startDelay?: number;
  /** Tables, after the quick ones. */
  readonly tables?: string;
  readonly machines?: MachineKind;
  readonly root?: string;
  readonly clock?: CloudClock;
  readonly secret?: string;
}

/** An emulator of the test's own, and the real SDK as its client. */
export async function startCloud(options: CloudOptions = {}) {
  const fakes = new FakeMachines();
  const { machines = fakes, keys = '', tables = '', startDelay = 0.01, clock, root } = options;
  const quick = QUICK.replace('start = 0.01', `start = ${startDelay}`);
  const emulator = await startEmulator({
    scenario: parseScenario(`${keys}\n${quick}\n${tables}`),
    machines,
    ...(root === undefined ? {} : { root }),
    ...(clock ? { clock } : {}),
  });
  onTestFinished(() => emulator.stop());
  return { emulator, fakes, ...clientOf(emulator, options.secret) };
}

export function clientOf({ endpoint, scenario }: Emulator, secret = scenario.access_key_secret) {
  const client = new Eci(
    new Config({
      accessKeyId: scenario.access_key_id,
      accessKeySecret: secret,
      regionId: scenario.region,
      endpoint,
      protocol: 'HTTP',
    }),
  );
  const runtime = new RuntimeOptions({ connectTimeout: 10_000, readTimeout: 10_000 });

  /** The raw call: everything in the form body. @returns the raw answer. */
  const call = async (action: string, parameters: Wire, version = '2018-08-08'): Promise<Wire> => {
    const params = new Params({
      action,
      version,
      protocol: 'HTTP',
      pathname: '/',
      method: 'POST',
      authType: 'AK',
      style: 'RPC',
      reqBodyType: 'formData',
      bodyType: 'json',
    });
    const body = { RegionId: scenario.region, ...parameters };
    const answer = await client.callApi(params, new OpenApiRequest({ body }), runtime);
    return answer.body as Wire;
  };
  const refused = async (action: string, parameters: Wire): Promise<Refusal> => refusalOf(call(action, parameters));
  const create = async (parameters: Wire = {}): Promise<string> =>
    (await call('CreateContainerGroup', { ...GROUP, ...parameters })).ContainerGroupId as string;
  const page = async (parameters: Wire = {}) =>
    (await call('DescribeContainerGroups', { WithEvent: true, ...parameters })) as {
      readonly TotalCount: number;
      readonly NextToken: string;
      readonly ContainerGroups: readonly DescribedGroup[];
    };
  const describe = async (id: string): Promise<DescribedGroup | undefined> =>
    (await page({ ContainerGroupIds: JSON.stringify([id]) })).ContainerGroups[0];
  const reaches = async (id: string, status: string): Promise<DescribedGroup> => {
    await expect.poll(async () => (await describe(id))?.Status, { timeout: 10_000, interval: 5 }).toBe(status);
    const group = await describe(id);
    if (!group) throw new Error(`${id} is gone`);
    return group;
  };
  const disappears = (id: string) => expect.poll(() => describe(id), { timeout: 10_000, interval: 5 }).toBeUndefined();
  return { client, runtime, call, refused, create, page, describe, reaches, disappears };
}

/** @throws when the call succeeds. */
export async function refusalOf(call: Promise<unknown>): Promise<Refusal> {
  const outcome = await call.then(
    () => undefined,
    (error: unknown) => error as Refusal,
  );
  if (!outcome) throw new Error('the call was not refused');
  return outcome;
}

/** The smallest group that this emulator runs. */
export const GROUP = {
  ContainerGroupName: 'group-1',
  VSwitchId: 'vsw-h',
  SecurityGroupId: 'sg-emulator',
  RestartPolicy: 'Never',
  Cpu: 2,
  Memory: 4,
  Container: [{ Name: 'build', Image: 'alpine:3.20' }],
} satisfies Wire;
