import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import type { JobFields } from '../standin/job.ts';
import { createCalls, sentEnvironment, serviceVariable as variable } from '../support/service-variables.ts';
import { startWorld, type World, type WorldOptions } from '../support/world.ts';

const IMAGE = 'registry.example.com/app:1';
const DB = 'registry.example.com/db:1';

let world: World;
afterEach(() => world.stop());

/** Runs a job with services; nothing of it is left. */
async function run(services: Required<JobFields>['services'], options: WorldOptions = {}, more: JobFields = {}) {
  world = await startWorld(options);
  const result = await world.run({ image: IMAGE, script: ['echo the job runs'], services, ...more });
  await world.nothingLeft();
  expect(await world.records()).toEqual([]);
  const prepares = result.calls.filter(({ stage }) => stage === 'prepare').map(({ exitCode }) => exitCode);
  return { ...result, text: world.text(result), prepares, creates: createCalls(world) };
}

const health = (port: number) => ({ variables: [variable('HEALTHCHECK_TCP_PORT', String(port))] });

/** A port on which something listens. */
async function openPort(): Promise<number> {
  const server = createServer((socket) => socket.end()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return (server.address() as { port: number }).port;
}

/** One on which nothing listens (any more). */
async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

describe('a job with services', () => {
  it('is green once they answer, and its log tells of the wait in one line', async () => {
    const { state, text } = await run([{ name: DB, alias: 'db', ...health(await openPort()) }, { name: 'redis:8' }]);
    expect(state).toBe('success');
    expect(text).toMatch(/ready \S+ s\nWaiting for services to be up and running \(timeout 30 seconds\)\.\.\.\n/);
    expect(text).not.toContain('*** WARNING');
    expect(text).toContain('the job runs');
  });

  it('on process machines is told that nothing runs in them, by its log and by an event of its group', async () => {
    const { text } = await run([{ name: DB, alias: 'db' }, { name: 'redis:8' }], { machines: 'processes' });
    const sentence =
      'Nothing runs in the sidecars db, svc-0 here: process machines of the emulator run the agent only.';
    expect(text.split(sentence)).toHaveLength(2);
    const without = await world.run({ image: IMAGE, script: ['true'] });
    expect(world.text(without)).not.toContain('Nothing runs');
  });

  it('sends them public values only, hidden, and what they name themselves', async () => {
    const { state, creates, text } = await run(
      [{ name: DB, alias: 'db', variables: [variable('DB_PASSWORD', '$PASSWORD')] }],
      {},
      {
        variables: {
          PASSWORD: { value: 'correct-horse-battery', public: false, masked: true },
          OTHER_SECRET: { value: 'staple-and-a-half', public: false },
          GREETING: 'hello $CI_PROJECT_NAME',
          MADE_OF_A_SECRET: 'x$OTHER_SECRET',
        },
      },
    );
    expect(state).toBe('success');
    expect(creates).toHaveLength(1);
    const sent = creates[0] ?? {};
    const environment = sentEnvironment(world, 3);
    expect(environment).toMatchObject({
      DB_PASSWORD: 'correct-horse-battery',
      GREETING: 'hello shop',
      CI_PROJECT_PATH: 'acme/shop',
      CI_RUNNER_VERSION: expect.any(String) as string,
      CI_SERVER: 'yes',
      ECI_CONTAINER_TYPE: 'sidecar',
    });
    expect(sent['Container.3.EnvironmentVarHide']).toBe('true');
    const others = Object.values({ ...environment, DB_PASSWORD: '' }).join('\n');
    for (const secret of ['correct-horse-battery', 'staple-and-a-half', 'glcbt-']) expect(others).not.toContain(secret);
    expect(JSON.stringify(sent)).not.toContain('staple-and-a-half');
    expect(text).toContain('Not passed to services: MADE_OF_A_SECRET (made of variables that are not public');
  });

  it('is green with a warning when one of them never answers', async () => {
    const { state, text } = await run([{ name: DB, alias: 'db', ...health(await closedPort()) }], {
      settings: 'wait_for_services_timeout = 1',
    });
    expect(state).toBe('success');
    expect(text).toContain(`\n*** WARNING: Service ${DB} probably didn't start properly.\n`);
    expect(text).toMatch(/Health check error:\nservice "db" timeout\n\nService container logs:\n.+\n\n\*+\n/);
  });

  it('is green with a warning when one of them has ended before the job begins', async () => {
    const { state, text } = await run([{ name: DB, alias: 'db' }], {
      scenario: `[[image]]\nname = "${DB}"\nexit_code = 3`,
    });
    expect(state).toBe('success');
    expect(text).toContain(`*** WARNING: Service ${DB} probably didn't start properly.`);
    expect(text).toContain('Service container ended:\nError, exit code 3\n');
  });

  it('fails at once, and is not repeated, when the image of one of them does not exist', async () => {
    const { failureReason, prepares, text } = await run([{ name: DB, alias: 'db' }], {
      scenario: `[[image]]\nname = "${DB}"\npull = "not-found"`,
    });
    expect({ failureReason, prepares }).toEqual({ failureReason: 'script_failure', prepares: [1] });
    expect(text).toContain(`The image ${DB} of the container db cannot be pulled:`);
  });

  it("is the operator's to mend when the settings name an image that does not exist", async () => {
    const { failureReason, text } = await run([], {
      scenario: `[[image]]\nname = "${DB}"\npull = "not-found"`,
      tables: `[[services]]\nname = "${DB}"`,
    });
    expect(failureReason).toBe('runner_system_failure');
    expect(text).toContain('Check [[services]] in the settings.');
  });

  it.each([
    [
      'are two hundred',
      Array.from({ length: 200 }, () => ({ name: DB })),
      /The job has 200 services, and a container group/,
    ],
    [
      'have an alias that is no host name',
      [{ name: DB, alias: 'my_db' }],
      /The alias "my_db" of the service .* is no host name\./,
    ],
    [
      'need the same port',
      [
        { name: DB, ...health(5432) },
        { name: 'mysql:8', ...health(5432) },
      ],
      /both use port 5432/,
    ],
    [
      "need the port of the helper's agent",
      [{ name: DB, ...health(22022) }],
      /set ports\.helper to one that no service uses/,
    ],
    [
      'have a variable that is too long',
      [{ name: DB, variables: [variable('LONG', 'x'.repeat(257))] }],
      /The variable LONG of the service .* has 257 characters; ECI takes 256/,
    ],
    ['have too many words', [{ name: DB, command: Array.from({ length: 11 }, () => 'x') }], /a command of 11 words/],
  ])('fails before anything is created when they %s', async (_what, services, sentence) => {
    const { failureReason, prepares, creates, text } = await run(services);
    expect({ failureReason, prepares, creates }).toEqual({
      failureReason: 'script_failure',
      prepares: [1],
      creates: [],
    });
    expect(text).toMatch(sentence);
  });

  it('goes on when a service ends while it runs', async () => {
    world = await startWorld();
    const result = await world.start(
      { image: IMAGE, script: ['echo begun', 'sleep 2', 'echo done'], services: [{ name: DB, alias: 'db' }] },
      {
        onLog: (chunk) => {
          const [group] = world.emulator.report().groups.left;
          if (chunk.includes('begun') && group) world.emulator.endContainer(group.id, 'db', 1);
        },
      },
    ).done;
    expect(result.state).toBe('success');
    expect(world.text(result)).toContain('done');
    await world.nothingLeft();
  });
});
