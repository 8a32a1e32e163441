import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Config, OpenApiRequest, Params, RuntimeOptions } from '../../src/eci/vendor.ts';

/**
 * The least that a program with the SDK and OpenSSH's client can do to have a group that answers: one create call, looks at it at fixed intervals
 * until it runs, then `ssh` with `hello` to both agents until they answer. What it is spared: keys and the request are
 * ready-made, nothing is written down, no shell is looked for.
 *
 * Argument: a file with a {@link GroupOrder} as JSON. Output: a {@link MadeGroup}.
 */
export interface GroupOrder {
  readonly endpoint: string;
  readonly accessKeyId: string;
  readonly accessKeySecret: string;
  /** Flat parameters of CreateContainerGroup. */
  readonly request: Readonly<Record<string, string>>;
  /** OpenSSH's command for each agent; `ADDRESS` stands for the group's. */
  readonly hello: readonly (readonly [string, ...string[]])[];
  /** Milliseconds. */
  readonly interval: number;
}

export interface MadeGroup {
  readonly groupId: string;
  readonly address: string;
}

interface Look {
  readonly ContainerGroups: readonly { readonly Status: string; readonly IntranetIp?: string }[];
}

/** Far more than any start takes. */
const MOST_TRIES = 600;

type Call = (action: string, body: Readonly<Record<string, string>>) => Promise<unknown>;

function callOf({ endpoint, accessKeyId, accessKeySecret, request }: GroupOrder): Call {
  const client = new Client(
    new Config({ accessKeyId, accessKeySecret, regionId: request.RegionId, endpoint, protocol: 'HTTP' }),
  );
  return async (action, body) => {
    const params = new Params({
      action,
      version: '2018-08-08',
      protocol: 'HTTP',
      pathname: '/',
      method: 'POST',
      authType: 'AK',
      style: 'RPC',
      reqBodyType: 'formData',
      bodyType: 'json',
    });
    const answer = await client.callApi(params, new OpenApiRequest({ body }), new RuntimeOptions({}));
    return answer.body as unknown;
  };
}

async function until<T>(interval: number, work: () => Promise<T | undefined>): Promise<T> {
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const result = await work();
    if (result !== undefined) return result;
    await sleep(interval);
  }
  throw new Error('the group does not come up');
}

const answers = ([program, ...args]: readonly [string, ...string[]]): Promise<true | undefined> =>
  new Promise((resolve) => {
    spawn(program, args, { stdio: 'ignore' }).once('close', (code) => resolve(code === 0 ? true : undefined));
  });

async function main(order: GroupOrder): Promise<void> {
  const { request, hello, interval } = order;
  const call = callOf(order);
  const { ContainerGroupId } = (await call('CreateContainerGroup', request)) as { ContainerGroupId: string };
  const ids = { RegionId: request.RegionId ?? '', ContainerGroupIds: JSON.stringify([ContainerGroupId]) };
  const address = await until(interval, async () => {
    const [group] = ((await call('DescribeContainerGroups', ids)) as Look).ContainerGroups;
    return group?.Status === 'Running' ? group.IntranetIp : undefined;
  });
  const commands = hello.map(
    ([program, ...args]) => [program, ...args.map((word) => word.replace('ADDRESS', address))] as const,
  );
  await Promise.all(commands.map((command) => until(interval, () => answers(command))));
  process.stdout.write(JSON.stringify({ groupId: ContainerGroupId, address } satisfies MadeGroup));
}

void main(JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as GroupOrder);
