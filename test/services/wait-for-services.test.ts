import { describe, expect, it } from 'vitest';
import type { ContainerGroup, ContainerState } from '../../src/eci/container-groups.ts';
import { waitForServices } from '../../src/services/wait-for-services.ts';
import { type AgentSession, ConnectionFailed, type ExecResult } from '../../src/ssh/agent-session.ts';
import { containerGroups, eciError } from '../support/container-groups.ts';
import { container, group } from '../support/group.ts';
import { untilAborted } from '../support/aborted.ts';
import { jobLogOf } from '../support/job-log.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { settingsOf } from '../support/settings.ts';
import { servicesOf, variable } from './services-of.ts';

const UP: ExecResult = { status: 0, output: '' };
const NO_STATUS: ExecResult = { status: undefined, output: '' };
const ended = (name: string) => container(name, { state: 'Terminated', reason: 'Error', exitCode: 1 });

interface Given {
  /** Names of services; one with a colon has that health port. */
  readonly services: readonly string[];
  readonly top?: string;
  /** The group's services at a second. */
  readonly at?: (seconds: number) => readonly ContainerState[];
  readonly group?: (seconds: number) => ContainerGroup | undefined;
  /** What a dial of a port comes to: at its timeout when it says so, else at once; undefined is never. */
  readonly dial?: (port: string) => Promise<ExecResult> | undefined;
  readonly logs?: (container: string, signal: AbortSignal | undefined) => Promise<string>;
}

async function dialled(
  { dial = () => Promise.resolve(UP) }: Given,
  port: string,
  timeout: number,
  clock: ManualClock,
  closed: AbortSignal,
): Promise<ExecResult> {
  const result = await (dial(port) ?? untilAborted(closed).catch(() => NO_STATUS));
  if (result.status === 124) await clock.sleep(timeout * 1000, closed);
  return result;
}

/** A wait whose group, dials and logs a test describes. */
async function wait(given: Given): Promise<{ log: string; seconds: number; connections: number; calls: string[] }> {
  const clock = new ManualClock();
  const start = clock.now();
  const seconds = (): number => (clock.now() - start) / 1000;
  const { services } = servicesOf({
    services: given.services.map((each) => {
      const [name = '', port] = each.split(':');
      return { name, alias: name, variables: port === undefined ? [] : [variable('HEALTHCHECK_TCP_PORT', port)] };
    }),
  });
  const calls: string[] = [];
  const running = services.map((each) => container(each.container));
  const lines: string[] = [];
  let connections = 0;
  const waiting = waitForServices('eci-1', services, settingsOf(given.top), {
    groups: containerGroups({
      describe: () => {
        calls.push('describe');
        const found = given.group?.(seconds()) ?? group({ containers: [...(given.at?.(seconds()) ?? running)] });
        return Promise.resolve(found);
      },
      log: (_id, name, signal) => {
        calls.push(`log ${name}`);
        return given.logs?.(name, signal) ?? Promise.resolve(`log of ${name}\n`);
      },
    }),
    log: jobLogOf((text) => lines.push(`${text}\n`)),
    clock,
    signal: new AbortController().signal,
    connect: () => {
      connections++;
      const closed = new AbortController();
      return Promise.resolve({
        exec: ([, , script = '']: readonly string[], { timeout }: { timeout: number }) =>
          dialled(given, /--port (\d+)/.exec(script)?.[1] ?? '', timeout, clock, closed.signal),
        close: () => closed.abort(),
      } as unknown as AgentSession);
    },
  });
  await clock.advanceUntil(waiting);
  await waiting;
  return { log: lines.join(''), seconds: seconds(), connections, calls };
}

const never = (): Promise<ExecResult> => Promise.resolve({ status: 124, output: 'dialing localhost...\n' });
// eslint-disable-next-line no-control-regex
const plain = (text: string): string => text.replaceAll(/\x1b\[[0-9;]*m/g, '');

describe('the wait for services', () => {
  it('asks nobody anything where a job has none', async () => {
    expect(await wait({ services: [] })).toMatchObject({ log: '', calls: [], connections: 0 });
  });

  it('is one look at the group where no service names a port', async () => {
    expect(await wait({ services: ['db', 'cache'] })).toMatchObject({ log: '', calls: ['describe'], connections: 0 });
  });

  it('ends as soon as all ports answer', async () => {
    const { log, connections, seconds } = await wait({ services: ['db:5432', 'web:80', 'other'] });
    expect(log).toBe('Waiting for services to be up and running (timeout 30 seconds)...\n');
    expect(connections).toBe(2);
    expect(seconds).toBeLessThan(1);
  });

  it("shows the log of one that never answers, in the docker executor's words, and goes on", async () => {
    const { log, seconds } = await wait({
      services: ['db:5432', 'web:80'],
      dial: (port) => (port === '80' ? never() : Promise.resolve(UP)),
    });
    expect(log.split('\n').slice(1)).toEqual([
      '',
      "\x1b[0;33m*** WARNING:\x1b[0;m Service web probably didn't start properly.",
      '',
      'Health check error:',
      'service "web" timeout',
      '',
      'Health check container logs:',
      'dialing localhost...',
      '',
      'Service container logs:',
      'log of web',
      '',
      '\x1b[0;33m*********\x1b[0;m',
      '',
      '',
    ]);
    expect(seconds).toBeGreaterThanOrEqual(30);
    expect(seconds).toBeLessThan(40);
  });

  it.each([
    ['says nothing', () => Promise.resolve('\n'), '(it has written nothing)'],
    [
      'has a log that ECI does not give',
      () => Promise.reject(eciError('Throttling')),
      '(ECI does not give it: Throttling)',
    ],
    [
      'has a log that does not come',
      (_name: string, signal: AbortSignal | undefined) => untilAborted(signal),
      '(ECI does not give it: no answer in time)',
    ],
  ])('goes on where one that never answers %s', async (_what, logs: Required<Given>['logs'], said) => {
    const { log } = await wait({ services: ['web:80'], dial: never, logs });
    expect(log).toContain(`Service container logs:\n${said}\n`);
  });

  it('shows only the end of a long log', async () => {
    const long = Array.from({ length: 500 }, (_, index) => `line ${index}`).join('\n');
    const { log } = await wait({ services: ['web:80'], dial: never, logs: () => Promise.resolve(long) });
    expect(log).toContain('\nline 499\n');
    expect(log).not.toContain('\nline 400\n');
    const wide = await wait({ services: ['web:80'], dial: never, logs: () => Promise.resolve('x'.repeat(1e6)) });
    expect(wide.log.length).toBeLessThan(20_000);
  });

  it('waits as long as the settings say, and not at all where they say -1', async () => {
    const short = await wait({ services: ['web:80'], dial: never, top: 'wait_for_services_timeout = 5' });
    expect(short.log).toContain('(timeout 5 seconds)');
    expect(short.seconds).toBeLessThan(15);
    const off = await wait({ services: ['web:80'], dial: never, top: 'wait_for_services_timeout = -1' });
    expect(off).toMatchObject({ log: '', connections: 0 });
  });

  it('warns of a service that has ended, whether it names a port or not, and does not wait for it', async () => {
    const { log, seconds } = await wait({
      services: ['web:80', 'db', 'job'],
      at: () => [ended('web'), ended('db'), container('job')],
      dial: () => undefined,
    });
    expect(seconds).toBeLessThan(30);
    const warned = [
      ...plain(log).matchAll(
        /WARNING: Service (\w+) .*\n\nService container ended:\n(.*)\n\nService container logs:\n(.*)\n/g,
      ),
    ];
    expect(warned.map(([, ...parts]) => parts)).toEqual([
      ['web', 'Error, exit code 1', 'log of web'],
      ['db', 'Error, exit code 1', 'log of db'],
    ]);
  });

  it('dials again when the connection fails or breaks in between', async () => {
    const answers: (() => Promise<ExecResult>)[] = [
      () => Promise.reject(new ConnectionFailed('refused')),
      () => Promise.resolve(NO_STATUS),
      () => Promise.resolve(UP),
    ];
    const { log, connections } = await wait({ services: ['web:80'], dial: () => (answers.shift() ?? never)() });
    expect(connections).toBe(3);
    expect(log).not.toContain('WARNING');
  });

  it('warns where nothing in the container can dial', async () => {
    const { log } = await wait({
      services: ['web:80'],
      dial: () => Promise.resolve({ status: 127, output: 'there is no gitlab-runner, bash or nc that could look\n' }),
    });
    expect(log).toContain('service "web" the check ended with exit code 127');
    expect(log).toContain('there is no gitlab-runner, bash or nc that could look');
  });

  it('ends with the group', async () => {
    const gone = wait({
      services: ['web:80'],
      dial: () => undefined,
      group: (seconds) => (seconds < 5 ? group() : group({ status: 'Expired' })),
    });
    await expect(gone).rejects.toMatchObject({
      fault: 'platform',
      message: expect.stringContaining('reclaimed') as string,
    });
  });

  it("fails by the job's fault when its own container ends meanwhile", async () => {
    const broken = wait({ services: ['db'], at: () => [container('helper'), ended('build'), container('db')] });
    await expect(broken).rejects.toMatchObject({ fault: 'user' });
  });
});
