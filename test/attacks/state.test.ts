import { chmod, chown, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { hostId } from '../../src/state/host-id.ts';
import { listRecords, loadRecord, recordFile, save } from '../../src/state/state-folder.ts';
import { runDriver } from '../support/bundle.ts';
import { prepareJob } from '../support/prepared-job.ts';
import { startWorld, type World } from '../support/world.ts';

const NOBODY = 65_534;
const isRoot = (await stat('/proc/self')).uid === 0;

async function emptyState() {
  const parent = await mkdtemp(join(tmpdir(), 'state-'));
  onTestFinished(() => rm(parent, { recursive: true }));
  return join(parent, 'state');
}

describe('another user of the host', () => {
  it.each([0o777, 0o770, 0o720, 0o702, 0o1777])(
    'who can write the state folder (mode %o) ends its use',
    async (mode) => {
      const state = await emptyState();
      const file = recordFile(state, 'a');
      await save(file, '{}', state);
      await chmod(state, mode);
      const refusal = { fault: 'operator', hint: expect.stringContaining(`chmod go-w ${state}`) as string };
      await expect(save(file, '{}', state)).rejects.toMatchObject(refusal);
      await expect(loadRecord(file)).rejects.toMatchObject(refusal);
      await expect(hostId(state)).rejects.toMatchObject(refusal);
      // Nothing was put right behind the operator's back.
      expect((await stat(state)).mode & 0o7777).toBe(mode);
    },
  );

  it('who can write the folder of records, or one of them, or the host id, ends its use', async () => {
    const state = await emptyState();
    const file = recordFile(state, 'a');
    await save(file, '{}', state);
    await hostId(state);
    for (const open of [dirname(file), file]) {
      const { mode } = await stat(open);
      await chmod(open, mode | 0o002);
      await expect(loadRecord(file)).rejects.toThrow(`${open}, which belongs to the state, is not used`);
      await chmod(open, mode);
    }
    await chmod(file, 0o666);
    await expect(listRecords(state)).rejects.toThrow('mode 0666');
    await chmod(join(state, 'host-id'), 0o666);
    await expect(hostId(state)).rejects.toThrow('mode 0666');
  });

  it.skipIf(!isRoot)('to whom the state folder or a record belongs ends its use (needs root)', async () => {
    const state = await emptyState();
    const file = recordFile(state, 'a');
    await save(file, '{}', state);
    await chown(file, NOBODY, NOBODY);
    await expect(loadRecord(file)).rejects.toThrow(`it belongs to another user (${NOBODY}; this is 0)`);
    await chown(file, 0, 0);
    await chown(state, NOBODY, NOBODY);
    await expect(save(file, '{}', state)).rejects.toMatchObject({
      hint: expect.stringContaining('chown -R USER') as string,
    });
  });

  it('finds a state folder that it cannot look into, also where it could before', async () => {
    const state = await emptyState();
    await mkdir(state, { mode: 0o755 });
    const file = recordFile(state, 'a');
    await save(file, '{}', state);
    expect([(await stat(state)).mode & 0o777, (await stat(file)).mode & 0o777]).toEqual([0o700, 0o600]);
  });
});

describe('a record that somebody else can write', () => {
  let world: World;
  afterEach(() => world.stop());

  it('sends no script anywhere, and cleanup finds the group without it', async () => {
    world = await startWorld();
    const job = await prepareJob(world);
    const record = JSON.parse(await readFile(job.recordFile, 'utf8')) as { cloud: object };
    // Who is asked to delete the group gets a signed request.
    const changed = { ...record, cloud: { ...record.cloud, endpoint: '127.0.0.1:9' } };
    await writeFile(job.recordFile, JSON.stringify(changed));
    await chmod(job.recordFile, 0o666);
    const marker = join(world.scratch, 'it-ran');
    const { code, stdout } = await job.run(`echo x > ${marker}`);
    expect(code).toBe(2);
    expect(stdout.toString('utf8')).toContain(`${job.recordFile}, which belongs to the state, is not used`);
    await expect(stat(marker)).rejects.toThrow('ENOENT');
    const cleanup = await job.cleanup();
    expect(cleanup.code).toBe(0);
    expect(cleanup.stdout.toString('utf8')).toContain('mode 0666');
    await world.nothingLeft();
    expect(await world.records()).toEqual([]);
  });

  it('a state folder that others can write ends prepare before anything is created', async () => {
    world = await startWorld();
    await mkdir(join(world.folder, 'state'));
    await chmod(join(world.folder, 'state'), 0o777);
    const result = await world.run({ image: 'a:1' });
    expect(result.failureReason).toBe('runner_system_failure');
    expect(world.text(result)).toContain('others than its owner can write it (mode 0777)');
    expect(world.emulator.report().groups.created).toBe(0);
  });
});

describe('a settings file', () => {
  let world: World;
  afterEach(() => world.stop());

  const SECRET_PLACES = `[[services]]\nname = "redis:7"\nenvironment = ["A=b"]
[[volumes.config_file]]\nname = "x"\nmount_path = "{mounts}/x"\nfiles = { a = "b" }`;
  const checked = async (mode: number, tables = SECRET_PLACES): Promise<string> => {
    world = await startWorld({ tables });
    await chmod(world.settingsFile, mode);
    const { code, stdout } = await runDriver(['check', '--config', world.settingsFile]);
    expect(code).toBe(0);
    return stdout;
  };

  it('with settings that can hold secrets is warned of when every user can read it, by name and with a remedy', async () => {
    const text = await checked(0o644);
    expect(text).toContain('there can be secrets in it: volumes.config_file.files, services.environment.');
    expect(text).toContain(`chmod o-rwx ${world.settingsFile}`);
  });

  it.each([
    ['that only its owner and its group can read', 0o640, SECRET_PLACES],
    ['without such settings', 0o644, ''],
  ])('%s is fine', async (_, mode, tables) => expect(await checked(mode, tables)).not.toContain('WARNING'));

  it('that others can write is warned of, secrets or not, and the driver log has it for each job', async () => {
    expect(await checked(0o666, '')).toContain(`chmod go-w ${world.settingsFile}`);
    await world.run({ image: 'a:1', script: ['true'] });
    const log = await readFile(join(world.folder, 'state', 'driver.log'), 'utf8');
    expect(log).toMatch(/"level":40,.*"what":"Others than its owner can write the settings file/);
  });
});
