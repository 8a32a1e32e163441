import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { sentEnvironment, serviceVariable } from '../support/service-variables.ts';
import { SUCCESS } from './cases/case.ts';
import { describeReal, ownWorld, runOwn } from './own-job.ts';

const SERVICE = 'registry.example.com/db:1';
const SECRET = 'correct-horse-battery';

/** What both containers of a job must see alike: the job's own in all forms, and what the runner adds. */
const NAMES = [
  'PLAIN',
  'EXPANDED',
  'RAW',
  'LINES',
  'CONFIG',
  'USES_CONFIG',
  'CI_PROJECT_DIR',
  'CI_PROJECT_PATH',
  'CI_BUILDS_DIR',
  'CI_SERVER',
  'CI_JOB_TIMEOUT',
  'CI_JOB_IMAGE',
  'CI_RUNNER_VERSION',
  'CI_RUNNER_EXECUTABLE_ARCH',
  'FF_SCRIPT_SECTIONS',
];

describeReal('a service of a job on the real runner', () => {
  it('has the same public variables as the job, the secret ones that it names, and no others', async () => {
    const world = await ownWorld();
    const job = await runOwn(world, {
      services: [{ name: SERVICE, variables: [serviceVariable('OWN', '<$PASSWORD> $PLAIN')] }],
      variables: {
        PLAIN: 'shop',
        EXPANDED: '${PLAIN}-$PLAIN-$$PLAIN-$MISSING-$CI_PROJECT_DIR',
        RAW: { value: '${PLAIN}', raw: true },
        LINES: 'one\ntwo\n',
        CONFIG: { value: 'content', file: true },
        USES_CONFIG: 'at $CONFIG',
        PASSWORD: { value: SECRET, public: false, masked: true },
        MADE_OF_IT: 'a$PASSWORD',
      },
      script: NAMES.map((name) => `echo "${name}=$(printf '%s' "$${name}" | base64 -w0)"`),
    });
    expect(job).toMatchObject(SUCCESS);
    const inJob = Object.fromEntries(
      [...job.text.matchAll(/^(\w+)=([A-Za-z0-9+/=]+)$/gm)].map(
        ([, name = '', value = '']) => [name, Buffer.from(value, 'base64').toString('utf8')] as const,
      ),
    );
    expect(Object.keys(inJob)).toEqual(NAMES);
    const { OWN, ...others } = sentEnvironment(world, 3);
    expect(others).toMatchObject(inJob);
    expect(OWN).toBe(`<${SECRET}> shop`);
    expect(JSON.stringify(others)).not.toContain(SECRET);
    expect(job.text).toMatch(/^Not passed to services: MADE_OF_IT \(made of variables that are not public/m);
  });

  it("is waited for by the runner's own program in the helper", async () => {
    const server = createServer((socket) => socket.end());
    const { port } = await new Promise<{ port: number }>((resolve) =>
      server.listen(0, '127.0.0.1', () => resolve(server.address() as { port: number })),
    );
    server.close();
    await once(server, 'close');
    const timer = setTimeout(() => server.listen(port, '127.0.0.1'), 3000);
    onTestFinished(() => {
      clearTimeout(timer);
      server.close();
    });
    const job = await runOwn(await ownWorld(), {
      services: [{ name: SERVICE, variables: [serviceVariable('HEALTHCHECK_TCP_PORT', String(port))] }],
      script: ['true'],
    });
    expect(job).toMatchObject(SUCCESS);
    expect(job.text).toContain('Waiting for services to be up and running (timeout 30 seconds)...');
    expect(job.text).not.toContain('*** WARNING');
  });

  it('that never answers is told with what the program says', async () => {
    const job = await runOwn(await ownWorld({ settings: 'wait_for_services_timeout = 2' }), {
      // Nobody may listen there without being root, and nobody does.
      services: [{ name: SERVICE, alias: 'db', variables: [serviceVariable('HEALTHCHECK_TCP_PORT', '1')] }],
      script: ['true'],
    });
    expect(job).toMatchObject(SUCCESS);
    expect(job.text).toMatch(/service "db" timeout\n\nHealth check container logs:\n[^*]*dialing localhost:1\.\.\.\n/);
  });
});
