import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { MachineSpec } from '../../src/emulator/machine.ts';
import type { JobFields } from '../standin/job.ts';
import { buildAgentOfProtocol } from '../support/changed-agent.ts';
import { makeForeign } from '../support/foreign-programs.ts';
import { AGENT_IMAGE, BUSYBOX_IMAGE } from '../support/image-names.ts';
import { noDebian } from '../support/no-containers.ts';
import { startWorld, type World, type WorldOptions } from '../support/world.ts';

const note = noDebian === undefined ? '' : ` (${noDebian})`;
const IMAGE = 'registry.example.com/unusable:1';

let world: World;
afterEach(() => world.stop());

async function started(options: WorldOptions = {}): Promise<World> {
  return (world = await startWorld({ machines: 'containers', ...options }));
}

async function run(job: JobFields) {
  const result = await world.run({ script: ['echo never'], ...job });
  await world.nothingLeft();
  expect(await world.records()).toEqual([]);
  const text = world.text(result);
  expect(text).not.toContain('\nnever\n');
  const prepares = result.calls.filter(({ stage }) => stage === 'prepare').map(({ exitCode }) => exitCode);
  return { failureReason: result.failureReason, text, prepares };
}

/** The job's own fault: once is enough. */
const FAILED = { failureReason: 'script_failure', prepares: [1] };
/** Somebody else's: the runner tries three times. */
const SYSTEM = { failureReason: 'runner_system_failure', prepares: [2, 2, 2] };

describe.skipIf(noDebian !== undefined)(`the image of a job on container machines${note}`, () => {
  it('that ends at once, because its entrypoint does, fails the job with what it has written', async () => {
    await started();
    await world.images?.addBusybox(IMAGE, { Entrypoint: ['/start.sh'] }, (rootfs) =>
      writeFile(join(rootfs, 'start.sh'), '#!/bin/sh\necho no database\nexit 3\n', { mode: 0o755 }),
    );
    const result = await run({ image: IMAGE, variables: { FF_KUBERNETES_HONOR_ENTRYPOINT: 'true' } });
    expect(result).toMatchObject(FAILED);
    expect(result.text).toContain("The image's entrypoint\nno database\n");
    expect(result.text).toContain(
      `The container build (${IMAGE}) ended before the job could start: Error, exit code 3.\nCheck the image.\n`,
    );
  });

  it.each([
    ['the job asks for ARM', '', { imageOptions: { docker: { platform: 'linux/arm64' } } }],
    ['the settings ask for ARM', 'cpu_architecture = "ARM64"\n', {}],
  ])('that is for amd64 alone fails the job where %s, with the remedy', async (_, setting, job) => {
    await started({ ...ARM_TYPE, settings: `${setting}${ARM_TYPE.settings}` });
    const result = await run({ image: BUSYBOX_IMAGE, ...job });
    expect(result).toMatchObject(FAILED);
    expect(result.text).toMatch(
      /The image busybox:1 of the container build cannot be pulled: .*no match for platform.*\nTake an image that has a variant for it, or choose the architecture that the image has: image:docker:platform/,
    );
  });

  it('whose programs are for another architecture is recognised, although the agent has a shell of its own', async () => {
    await started();
    await world.images?.addBusybox(IMAGE, {}, makeForeign);
    const result = await run({ image: IMAGE });
    expect(result).toMatchObject(FAILED);
    expect(result.text).toMatch(
      /The programs of the job's image are for another architecture than the container group: .*\/bin\/sh cannot be started: exec format error.*\.\nTake an image/,
    );
  });

  it('cannot be for ARM where the instance types are not: one sentence, before anything is asked of ECI', async () => {
    await started();
    const result = await run({ image: BUSYBOX_IMAGE, imageOptions: { docker: { platform: 'linux/arm64' } } });
    expect(result).toMatchObject(FAILED);
    expect(result.text).toContain(
      'is to be of the platform "linux/arm64", but ecs.c6.2xlarge is AMD64, and what is asked for is ARM64.',
    );
    expect(result.text).toContain('Name only types of the architecture that the images have');
    expect(world.emulator.report().groups.created).toBe(0);
  });

  it('cannot be for ARM where ECI finds that the types are not, and that is for the operator', async () => {
    await started({ scenario: NEW_TYPE, settings: 'instance_types = ["ecs.new1.2xlarge"]' });
    const result = await run({ image: BUSYBOX_IMAGE, imageOptions: { docker: { platform: 'linux/arm64' } } });
    expect(result).toMatchObject(SYSTEM);
    expect(result.text).toContain('type is of another architecture (InstanceTypeNotMatchCpuArch)');
    expect(result.text).toContain('Put types of that architecture into instance_types');
  });
});

/** Of a family that no rule of ours knows. */
const NEW_TYPE = `
[[instance_type]]
name = "ecs.new1.2xlarge"
cpu = 8
memory = 32
list_price = 2
spot_price = 0.4
`;

const ARM_TYPE = {
  scenario: `
[[instance_type]]
name = "ecs.g8y.2xlarge"
cpu = 8
memory = 32
architecture = "arm64"
list_price = 2
spot_price = 0.4
[[image]]
name = "${BUSYBOX_IMAGE}"
architectures = ["amd64"]
`,
  settings: 'instance_types = ["ecs.g8y.2xlarge"]',
};

describe.skipIf(noDebian !== undefined)(`what the operator has to mend, on container machines${note}`, () => {
  it('is an agent of another version', async () => {
    await started();
    const agent = await world.images?.store.find(AGENT_IMAGE);
    await buildAgentOfProtocol(2, join(agent?.rootfs ?? '', 'eci-agent'));
    const result = await run({ image: BUSYBOX_IMAGE });
    expect(result).toMatchObject(SYSTEM);
    expect(result.text).toMatch(/do not speak the same protocol version \(driver: 1; agent: .*2\)\.\n.*agent_image/);
  }, 180_000);

  const mountedReadOnly = (spec: MachineSpec): MachineSpec => ({
    ...spec,
    containers: spec.containers.map((each) => ({
      ...each,
      mounts: each.mounts.map((mount) => (mount.volume === 'builds' ? { ...mount, readOnly: true } : mount)),
    })),
  });

  /** As a file server has it that takes root for nobody. */
  const ofAnotherUser =
    (folder: string) =>
    (spec: MachineSpec): MachineSpec => ({
      ...spec,
      containers: spec.containers.map((each) => (each.name === 'helper' ? { ...each, runAsUser: 65534 } : each)),
      volumes: spec.volumes.map((each) =>
        each.name === 'builds' ? { name: 'builds', kind: 'file-system', files: [], folder } : each,
      ),
    });

  it('is a builds volume that is read-only', async () => {
    await started({ changeMachine: mountedReadOnly });
    const result = await run({ image: BUSYBOX_IMAGE });
    expect(result).toMatchObject(SYSTEM);
    expect(result.text).toMatch(
      /The helper cannot write to builds_dir, \/builds \(.*Read-only file system\)\.\nCheck the volume that is mounted there/,
    );
  });

  it('is a builds volume that belongs to another user', async () => {
    let folder = '';
    await started({ changeMachine: (spec) => ofAnotherUser(folder)(spec) });
    folder = join(world.folder, 'server');
    await mkdir(folder);
    await chmod(folder, 0o755);
    const result = await run({ image: BUSYBOX_IMAGE });
    expect(result).toMatchObject(SYSTEM);
    expect(result.text).toMatch(/The helper cannot write to builds_dir, \/builds \(.*Permission denied\)\./);
  });
});
