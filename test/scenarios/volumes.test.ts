import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { BUSYBOX_IMAGE } from '../support/image-names.ts';
import { DRIVER } from '../support/bundle.ts';
import { noDebian } from '../support/no-containers.ts';
import { FILE_SERVER, startWorld, type World, type WorldOptions } from '../support/world.ts';

let world: World;
afterEach(() => world.stop());

const nfs = (mountPath: string, more = ''): string => `
[[volumes.nfs]]
name = "shared"
server = "${FILE_SERVER}"
mount_path = "{mounts}${mountPath}"
${more}`;

describe.each([
  ['process machines', 'processes', ''],
  [`container machines${noDebian === undefined ? '' : ` (${noDebian})`}`, 'containers', noDebian],
] as const)('on %s', (_name, machines, lacks) => {
  const start = async (options: WorldOptions): Promise<World> => (world = await startWorld({ machines, ...options }));

  describe.skipIf(Boolean(lacks))('a file server', () => {
    it('keeps /root/.cache for the next job', async () => {
      await start({ tables: nfs('/root/.cache') });
      const cache = machines === 'containers' ? '/root/.cache' : `${world.folder}/cloud/mounts/root/.cache`;
      const first = await world.run({
        image: 'alpine:3.20',
        script: [`ls -A ${cache}`, `echo compiled > ${cache}/crate`],
      });
      expect(first.state).toBe('success');
      expect(await readFile(join(world.fileServer, 'crate'), 'utf8')).toBe('compiled\n');
      await world.nothingLeft();
      const second = await world.run({ image: 'alpine:3.20', script: [`echo "found $(cat ${cache}/crate)"`] });
      expect(world.text(second)).toContain('\nfound compiled\n');
      await world.nothingLeft();
      expect(await readdir(world.fileServer)).toEqual(['crate']);
    });

    it('keeps the builds of jobs apart, where builds_dir is on it', async () => {
      await start({ settings: 'builds_dir = "{mounts}/nas-builds"', tables: nfs('/nas-builds') });
      const job = await world.run({ image: 'alpine:3.20', script: ['echo here > made; pwd'] });
      expect(job.state).toBe('success');
      await world.nothingLeft();
      const [token = ''] = await readdir(world.fileServer);
      expect(await readdir(join(world.fileServer, token, '0', 'acme', 'shop'))).toContain('made');
    });

    it('gives each project a folder of its own, whatever the job says of its project', async () => {
      await start({ tables: nfs('/keep', 'path = "/projects/$CI_PROJECT_ID"') });
      const keep = machines === 'containers' ? '/keep' : `${world.folder}/cloud/mounts/keep`;
      for (const project of ['77', '1']) await mkdir(join(world.fileServer, 'projects', project), { recursive: true });
      await writeFile(join(world.fileServer, 'projects', '1', 'secret'), 'of another project');
      const job = await world.run({
        image: 'alpine:3.20',
        variables: { CI_PROJECT_ID: '1' },
        script: [`ls ${keep}; touch ${keep}/mine`],
      });
      expect(job.state).toBe('success');
      expect(await readdir(join(world.fileServer, 'projects', '77'))).toEqual(['mine']);
      expect(world.text(job)).not.toContain('secret');
    });
  });
});

describe('config', () => {
  it.each([
    ['on a file server are shared', nfs('/b'), true],
    ['in memory are not', '[[volumes.empty_dir]]\nname = "ram"\nmount_path = "{mounts}/b"\nmedium = "Memory"', false],
    ['in the usual place are not', '', false],
  ])('says that builds %s', async (_where, tables, shared) => {
    world = await startWorld({ settings: 'builds_dir = "{mounts}/b"', tables, machines: 'processes' });
    const { stdout } = await promisify(execFile)(process.execPath, [DRIVER, 'config', '--config', world.settingsFile]);
    expect(JSON.parse(stdout)).toMatchObject({ builds_dir_is_shared: shared });
  });
});

describe('prepare', () => {
  const run = async (tables: string, variables: Record<string, string> = {}) => {
    world = await startWorld({ tables, machines: 'processes' });
    const job = await world.run({ image: 'alpine:3.20', script: ['true'], variables });
    return { ...job, text: world.text(job), creates: world.emulator.report().calls.CreateContainerGroup };
  };

  it.each([
    ['is missing', {}, 'needs the variable WHERE, which the job does not have'],
    ['leads upwards', { WHERE: '../../etc' }, '/keep/$WHERE" is no place with what the job has in WHERE'],
    ['has blanks', { WHERE: 'a b' }, '/keep/$WHERE" is no place with what the job has in WHERE'],
  ])(
    'fails the job before anything is created where the variable of a mount path %s',
    async (_what, variables, says) => {
      const { text, failureReason, creates } = await run(nfs('/keep/$WHERE'), variables);
      expect(failureReason).toBe('script_failure');
      expect(text).toContain(says);
      expect(creates).toBeUndefined();
    },
  );

  it('is a system failure where a config file cannot be read, and names it', async () => {
    const volume =
      '[[volumes.config_file]]\nname = "conf"\nmount_path = "{mounts}/conf"\n[volumes.config_file.files]\n"a" = { file = "/no/such/file" }';
    const { text, failureReason } = await run(volume);
    expect(failureReason).toBe('runner_system_failure');
    expect(text).toContain('The file /no/such/file of the volume conf cannot be read (ENOENT).');
  });

  it('refuses a Docker daemon as a service before anything is created', async () => {
    world = await startWorld({ machines: 'processes' });
    const job = await world.run({ image: 'alpine:3.20', script: ['true'], services: [{ name: 'docker:27-dind' }] });
    expect(job.failureReason).toBe('script_failure');
    expect(world.text(job)).toMatch(/The service docker:27-dind is a Docker daemon[^]*kaniko or buildah/);
    expect(world.emulator.report().calls.CreateContainerGroup).toBeUndefined();
  });

  it('refuses to give builds that jobs share to the user of one of them', async () => {
    const flag = 'FF_DISABLE_UMASK_FOR_KUBERNETES_EXECUTOR';
    const settings = 'builds_dir = "{mounts}/b"';
    world = await startWorld({ settings, tables: nfs('/b'), machines: 'processes' });
    const job = await world.run({ image: 'alpine:3.20', script: ['true'], variables: { [flag]: 'true' } });
    expect(job.failureReason).toBe('script_failure');
    expect(world.text(job)).toContain(`${flag} gives everything in builds_dir to one user, and jobs share it`);
  });
});

describe.skipIf(noDebian !== undefined)(`an init container of the operator${noDebian ? ` (${noDebian})` : ''}`, () => {
  const init = (line: string): string => `${nfs('/data')}
[[init_containers]]
name = "warm-up"
image = "${BUSYBOX_IMAGE}"
command = ["/bin/sh", "-c", "${line}"]
env = { WHAT = "warm" }
`;

  it('has prepared the volumes before the job runs', async () => {
    world = await startWorld({ machines: 'containers', tables: init('echo $WHAT > /data/file; exit 0') });
    const job = await world.run({ image: BUSYBOX_IMAGE, script: ['cat /data/file'] });
    expect(world.text(job)).toContain('$ cat /data/file\nwarm\n');
    await world.nothingLeft();
  });

  it('that fails is a system failure which names it', async () => {
    world = await startWorld({ machines: 'containers', tables: init('exit 7') });
    const job = await world.run({ image: BUSYBOX_IMAGE, script: ['true'] });
    expect(job.failureReason).toBe('runner_system_failure');
    expect(world.text(job)).toMatch(
      /The container warm-up .*ended before the job could start: .*7[^]*warm-up of init_containers/,
    );
    await world.nothingLeft();
  });
});
