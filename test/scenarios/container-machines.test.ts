import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import type { JobFields } from '../standin/job.ts';
import { startGitServer } from '../support/git-server.ts';
import { AGENT_IMAGE, BARE_IMAGE, BUSYBOX_IMAGE, TOOL_IMAGE, USER_IMAGE } from '../support/image-names.ts';
import { noDebian } from '../support/no-containers.ts';
import { startWorld, type World, type WorldOptions } from '../support/world.ts';

const note = noDebian === undefined ? '' : ` (${noDebian})`;
const DEBIAN = 'alpine:3.20';

const READ_ONLY_ROOTS: WorldOptions = {
  changeMachine: (spec) => ({
    ...spec,
    containers: spec.containers.map((each) => ({ ...each, readOnlyRoot: true })),
  }),
};

let world: World;
afterEach(() => world.stop());

async function run(job: JobFields, options: WorldOptions = {}) {
  world = await startWorld({ machines: 'containers', ...options });
  const result = await world.run(job);
  await world.nothingLeft();
  expect(await world.records()).toEqual([]);
  return { ...result, text: world.text(result) };
}

/** Processes that see a folder of this world's in their mounts: the containers', and whatever has kept one. */
async function leftovers(): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry));
  const mounts = pids.map((pid) => readFile(`/proc/${pid}/mountinfo`, 'utf8').catch(() => ''));
  const seen = await Promise.all(mounts);
  return pids.filter((_, index) => seen[index]?.includes(world.folder));
}

describe.skipIf(noDebian !== undefined)(`a whole job on container machines${note}`, () => {
  it('runs in an image with busybox alone, after_script included, and leaves nothing', async () => {
    const { state, text } = await run({
      image: BUSYBOX_IMAGE,
      script: ['id -u', 'pwd', 'echo "$0 in $CI_PROJECT_DIR"', 'touch made-here'],
      afterScript: ['ls', 'echo "after $CI_JOB_STATUS"'],
    });
    expect(state).toBe('success');
    expect(text).toContain('$ id -u\n0\n$ pwd\n/builds/acme/shop\n');
    expect(text).toContain('\nmade-here\n');
    expect(text).toContain('after success');
    expect(await leftovers()).toEqual([]);
  });

  it("fails with its script's own exit code", async () => {
    expect(await run({ image: BUSYBOX_IMAGE, script: ['exit 3'] })).toMatchObject({
      state: 'failed',
      failureReason: 'script_failure',
      exitCode: 3,
    });
  });

  it.each([
    ['as it is', {}],
    ['on a read-only root', READ_ONLY_ROOTS],
  ])('runs as uid 1000 without an entry in passwd, %s', async (_, options) => {
    const { state, text } = await run(
      { image: USER_IMAGE, script: ['id -u', 'touch file; ls', 'touch /bin/x || echo no'], afterScript: ['ls'] },
      options,
    );
    expect(state).toBe('success');
    expect(text).toMatch(/\n1000\n.*\nfile\n/);
    expect(text).toMatch(/\/bin\/x: (Permission denied|Read-only file system)\nno\n/);
  });

  it('runs in Debian on a read-only root', async () => {
    const script = ['bash --version | head -1', 'touch /x || echo no', 'touch here'];
    const { state, text } = await run({ image: DEBIAN, script }, READ_ONLY_ROOTS);
    expect(state).toBe('success');
    expect(text).toContain('GNU bash');
    expect(text).toContain('Read-only file system\nno\n');
  });

  it("has the image's PATH and variables, untouched", async () => {
    const { text } = await run({ image: TOOL_IMAGE, script: ['tool works', 'echo "$PATH, $TOOL_HOME, $HOME"'] });
    expect(text).toContain('\ntool works\n');
    expect(text).toContain('\n/opt/tool/bin:/bin, /opt/tool, /\n');
  });

  it("runs in an image without any shell by the agent's", async () => {
    const { state, text } = await run({ image: BARE_IMAGE, script: ['echo "no shell, and yet"'] });
    expect(state).toBe('success');
    expect(text).toContain('\nno shell, and yet\n');
  });

  it('says that an image has no shell where the agent has none either', async () => {
    world = await startWorld({ machines: 'containers' });
    const agent = await world.images?.store.find(AGENT_IMAGE);
    await rm(join(agent?.rootfs ?? '', 'busybox'));
    const result = await world.run({ image: BARE_IMAGE, script: ['echo never'] });
    await world.nothingLeft();
    expect(result.state).toBe('failed');
    expect(world.text(result)).toContain("The job's image has no shell: none of /usr/local/bin/bash, ");
  });

  it('fails at once for an image that does not exist', async () => {
    const { failureReason, text, calls } = await run({ image: 'no/such:1', script: ['true'] });
    expect(failureReason).toBe('script_failure');
    expect(text).toContain('The image no/such:1 of the container build cannot be pulled');
    expect(calls.filter(({ stage }) => stage === 'prepare')).toHaveLength(1);
  });

  it('says why an image whose user does not exist cannot run', async () => {
    world = await startWorld({ machines: 'containers' });
    await world.images?.addBusybox('registry.example.com/nobody:1', { User: 'somebody' });
    const result = await world.run({ image: 'registry.example.com/nobody:1', script: ['true'] });
    await world.nothingLeft();
    expect(result.failureReason).toBe('script_failure');
    expect(world.text(result)).toContain('unable to find user somebody: no matching entries in passwd file');
  });

  it('clones from an address that it is let out to, in a network of its own, and reaches nothing else of the machine', async () => {
    const repository = await startGitServer({ files: { greeting: 'from git\n' } });
    const other = await startGitServer({ files: {} });
    onTestFinished(async () => {
      await repository.close();
      await other.close();
    });
    world = await startWorld({
      machines: 'containers',
      reachable: [new URL(repository.url).host],
      changeMachine: (spec) => ({ ...spec, containers: spec.containers.map((each) => ({ ...each, sidecar: true })) }),
    });
    const script = ['cat greeting', `wget -qO- ${other.url} 2>&1 || echo unreachable`];
    const result = await world.run({ image: BUSYBOX_IMAGE, repository, script });
    await world.nothingLeft();
    const text = world.text(result);
    expect(result.state, text).toBe('success');
    expect(text).toContain('\nfrom git\n');
    expect(text).toMatch(/Connection refused\nunreachable\n/);
    expect(await leftovers()).toEqual([]);
  });

  it('shares the machine with another one that has the same ports', async () => {
    world = await startWorld({ machines: 'containers' });
    const scripts = ['one', 'two'].map((name) => [
      `echo I am ${name}; cat /etc/hostname; for i in $(seq 20); do echo ${name} $i; sleep 0.1; done`,
    ]);
    const results = await Promise.all(scripts.map((script) => world.run({ image: BUSYBOX_IMAGE, script })));
    await world.nothingLeft();
    expect(results.map(({ state }) => state)).toEqual(['success', 'success']);
    const [one = '', two = ''] = results.map((result) => world.text(result));
    expect(one).toContain('one 20\n');
    expect(one).not.toContain('two 1\n');
    expect(two).toContain('two 20\n');
    const hosts = [one, two].map((text) => /\neci-emu\w+\n/.exec(text)?.[0]);
    expect(hosts[0]).not.toBe(hosts[1]);
  });

  it.each(['cancel', 'forceCancel'] as const)('that is stopped (%s) is over soon, and leaves nothing', async (stop) => {
    world = await startWorld({ machines: 'containers' });
    let stopped = false;
    let during: Promise<string[]> | undefined;
    const job = world.start(
      { image: BUSYBOX_IMAGE, script: ['echo busy | tr a-z A-Z', 'sleep 300'] },
      {
        onLog: (chunk) => {
          if (stopped || !chunk.includes('BUSY')) return;
          stopped = true;
          during = leftovers();
          void during.then(() => job[stop]());
        },
      },
    );
    expect((await job.done).failureReason).not.toBe('script_failure');
    // What is looked for can be found.
    expect((await during)?.length).toBeGreaterThan(1);
    await world.nothingLeft();
    expect(await leftovers()).toEqual([]);
  });

  it('that is reclaimed while its script has a TERM trap of its own is never a failed test', async () => {
    world = await startWorld({ machines: 'containers' });
    let reclaimed = false;
    const job = world.start(
      { image: BUSYBOX_IMAGE, script: ["trap 'exit 1' TERM; echo busy | tr a-z A-Z; while :; do sleep 0.1; done"] },
      {
        onLog: (chunk) => {
          if (reclaimed || !chunk.includes('BUSY')) return;
          reclaimed = world.emulator.reclaim(world.emulator.report().groups.left[0]?.id ?? '', 0);
        },
      },
    );
    const result = await job.done;
    expect(result).toMatchObject({ state: 'failed', failureReason: 'runner_system_failure' });
    expect(world.text(result)).toMatch(/The spot instance eci-emu\w+ was reclaimed/);
    await world.nothingLeft();
    expect(await leftovers()).toEqual([]);
  });
});
