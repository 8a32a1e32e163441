import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { JobFields } from '../standin/job.ts';
import { addDash, DASH_IMAGE } from '../support/dash-image.ts';
import { BUSYBOX_IMAGE } from '../support/image-names.ts';
import { noDebian } from '../support/no-containers.ts';
import { startWorld, type World, type WorldOptions } from '../support/world.ts';

const note = noDebian === undefined ? '' : ` (${noDebian})`;
const ENTRYPOINT_IMAGE = 'registry.example.com/entrypoint:1';

let world: World;
afterEach(() => world.stop());

async function started(options: WorldOptions = {}): Promise<World> {
  return (world = await startWorld({ machines: 'containers', ...options }));
}

async function run(job: JobFields) {
  const result = await world.run(job);
  await world.nothingLeft();
  expect(await world.records()).toEqual([]);
  const prepares = result.calls.filter(({ stage }) => stage === 'prepare').map(({ exitCode }) => exitCode);
  return { ...result, text: world.text(result), prepares };
}

const user = (name: string): Pick<JobFields, 'imageOptions'> => ({ imageOptions: { kubernetes: { user: name } } });

const addEntrypoint = (lines: readonly string[]): Promise<void> | undefined =>
  world.images?.addBusybox(ENTRYPOINT_IMAGE, { Entrypoint: ['/start.sh'] }, (rootfs) =>
    writeFile(join(rootfs, 'start.sh'), ['#!/bin/sh', ...lines, ''].join('\n'), { mode: 0o755 }),
  );

const HONOR = { variables: { FF_KUBERNETES_HONOR_ENTRYPOINT: 'true' } };

describe.skipIf(noDebian !== undefined)(`the image of a job on container machines${note}`, () => {
  it('runs as the user and the group that the job names by number', async () => {
    await started();
    const { state, text } = await run({ image: BUSYBOX_IMAGE, script: ['id -u; id -g'], ...user('1234:567') });
    expect(state).toBe('success');
    expect(text).toContain('\n1234\n567\n');
  });

  it('does not run as a user that the job names by name, and prepare is not repeated', async () => {
    await started();
    const result = await run({ image: BUSYBOX_IMAGE, script: ['id'], ...user('app') });
    expect(result).toMatchObject({ failureReason: 'script_failure', prepares: [1] });
    expect(result.text).toContain('is to run as the user "app", which is no number.');
    expect(world.emulator.report().groups.created).toBe(0);
  });

  it('whose only shell is dash is recognised, with the flag that helps', async () => {
    await started();
    await addDash(world.images);
    const result = await run({ image: DASH_IMAGE, script: ['true'] });
    expect(result).toMatchObject({ failureReason: 'script_failure', prepares: [1] });
    expect(result.text).toContain("does not understand the quoting of GitLab Runner's scripts");
    expect(result.text).toContain('FF_POSIXLY_CORRECT_ESCAPES: "true"');
  });

  it('has an entrypoint that is ignored', async () => {
    await started();
    await addEntrypoint(['echo from the entrypoint', 'exit 1']);
    const { state, text } = await run({ image: ENTRYPOINT_IMAGE, script: ['echo "<$PREPARED>"'] });
    expect(state).toBe('success');
    expect(text).toContain('\n<>\n');
    expect(text).not.toContain('from the entrypoint');
  });

  it('has an entrypoint that runs first where the flag says so, and its output is in the log', async () => {
    await started();
    await addEntrypoint(['echo from the entrypoint', 'export PREPARED=yes', 'exec "$@"']);
    const { state, text } = await run({ image: ENTRYPOINT_IMAGE, script: ['echo "<$PREPARED>"'], ...HONOR });
    expect(state).toBe('success');
    expect(text).toContain("The image's entrypoint\nfrom the entrypoint\n");
    expect(text).toContain('\n<yes>\n');
  });

  it('whose entrypoint never comes to the shell is told so, as a failure of the job', async () => {
    await started({ settings: 'ssh_timeout = 12\ntermination_grace_period_seconds = 1' });
    await addEntrypoint(['echo waiting for a database', 'exec sleep 300']);
    const result = await run({ image: ENTRYPOINT_IMAGE, script: ['true'], ...HONOR });
    expect(result).toMatchObject({ failureReason: 'script_failure', prepares: [1] });
    expect(result.text).toContain("The image's entrypoint\nwaiting for a database\n");
    expect(result.text).toMatch(/did not answer within 12 s \(helper: has answered; build: /);
    expect(result.text).toContain('it has to end with exec "$@", or be left out.');
  });
});
