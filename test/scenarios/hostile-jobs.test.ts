import { afterEach, describe, expect, it } from 'vitest';
import type { JobFields } from '../standin/job.ts';
import { BUSYBOX_IMAGE } from '../support/image-names.ts';
import { noDebian } from '../support/no-containers.ts';
import { startWorld, type World } from '../support/world.ts';

const note = noDebian === undefined ? '' : ` (${noDebian})`;

let world: World;
afterEach(() => world.stop());

/** A script that nobody would run on a machine of his own, root in its container; what follows it has to go on. */
async function run(script: readonly string[], more: JobFields = {}) {
  world = await startWorld({ machines: 'containers' });
  const result = await world.run({
    image: BUSYBOX_IMAGE,
    script,
    afterScript: ['echo "after $CI_JOB_STATUS"'],
    ...more,
  });
  await world.nothingLeft();
  expect(await world.records()).toEqual([]);
  return { ...result, text: world.text(result) };
}

describe.skipIf(noDebian !== undefined)(`a job on container machines${note}`, () => {
  it('that kills every process that it can kills no agent', async () => {
    // Its own wrapper among them, and that is what its end is.
    const { exitCode, text } = await run(['sleep 300 &', 'kill -9 -1']);
    expect(exitCode).toBe(137);
    expect(text).toContain('after failed');
  });

  it('that sends the signals of the platform to the agent is no failed test, and no success either', async () => {
    const { failureReason } = await run(['kill -TERM 1; sleep 5; exit 1']);
    expect(failureReason).toBe('runner_system_failure');
  });

  it('that leaves five hundred processes behind ends with its own code', async () => {
    const { exitCode, text } = await run(['for i in $(seq 500); do sleep 60 & done; exit 7']);
    expect(exitCode).toBe(7);
    expect(text).toContain('after failed');
  });

  it('that writes into our volumes hurts none but its own stage', async () => {
    const { state, text } = await run([
      'rm -rf /eci-executor/run/* /eci-executor/run/.[!.]*',
      'echo x > /eci-executor/agent/eci-agent || echo no agent',
      'echo x > /eci-executor/keys/host_key || echo no keys',
      'ls /eci-executor',
      'echo still "here"',
    ]);
    expect(state).toBe('success');
    expect(text).toContain('\nno agent\n');
    expect(text).toContain('\nno keys\n');
    // Nothing of the helper's.
    expect(text).toContain('\nagent\nkeys\nrun\n');
    expect(text).toContain('\nstill here\n');
    expect(text).toContain('after success');
  });
});
