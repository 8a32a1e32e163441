import { chmod, chown, lchown, mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { callBudget } from '../../src/state/call-budget.ts';
import { hostId } from '../../src/state/host-id.ts';
import { priceCache } from '../../src/state/price-cache.ts';
import { sharedLooks } from '../../src/state/shared-looks.ts';
import { listRecords, loadRecord, recordFile, save } from '../../src/state/state-folder.ts';
import { zoneMemory } from '../../src/state/zone-memory.ts';
import { ManualClock } from '../support/manual-clock.ts';
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

  it.each([0o777, 0o757])(
    'who can write a folder that the state folder is in (mode %o), near or far, ends its use',
    async (mode) => {
      const parent = dirname(await emptyState());
      const state = join(parent, 'near', 'state');
      const file = recordFile(state, 'a');
      await save(file, '{}', state);
      for (const open of [parent, join(parent, 'near')]) {
        await chmod(open, mode);
        const refusal = {
          fault: 'operator',
          message: expect.stringContaining(
            `The state folder ${state} is not used: every user can write ${open}, which it is in (mode 0${mode.toString(8)})`,
          ) as string,
          hint: expect.stringContaining(`chmod o-w ${open}`) as string,
        };
        await expect(save(file, '{}', state)).rejects.toMatchObject(refusal);
        await expect(loadRecord(file)).rejects.toMatchObject(refusal);
        await expect(hostId(state)).rejects.toMatchObject(refusal);
        await chmod(open, 0o755);
      }
      // The group of a home directory, or of a volume, as its administrator has set it up.
      await chmod(parent, 0o775);
      expect(await hostId(state)).toMatch(/^[0-9a-f]+$/);
    },
  );

  it('who can write where a link of the path stands, or where it leads to, ends its use too', async () => {
    const parent = dirname(await emptyState());
    const [here, there] = [join(parent, 'here'), join(parent, 'there')];
    for (const each of [here, there]) await mkdir(each);
    await mkdir(join(there, 'state'), { mode: 0o700 });
    await symlink(join(there, 'state'), join(here, 'state'));
    const state = join(here, 'state');
    expect(await hostId(state)).toMatch(/^[0-9a-f]+$/);
    for (const open of [here, there]) {
      await chmod(open, 0o777);
      await expect(hostId(state)).rejects.toThrow(`every user can write ${open}, which it is in`);
      await chmod(open, 0o755);
    }
  });

  it('who can write where one of several links stands that lead to it ends its use too', async () => {
    const parent = dirname(await emptyState());
    const [here, between, there] = [join(parent, 'here'), join(parent, 'between'), join(parent, 'there')];
    for (const each of [here, between, there]) await mkdir(each);
    await symlink('../between/link', join(here, 'link'));
    await symlink(there, join(between, 'link'));
    const state = join(here, 'link', 'state');
    expect(await hostId(state)).toMatch(/^[0-9a-f]+$/);
    await chmod(between, 0o777);
    await expect(hostId(state)).rejects.toThrow(`every user can write ${between}, which it is in`);
  });

  it.skipIf(!isRoot)('whose link in a sticky folder leads to it ends its use (needs root)', async () => {
    const parent = dirname(await emptyState());
    const sticky = join(parent, 'sticky');
    await mkdir(sticky);
    await chmod(sticky, 0o1777);
    const link = join(sticky, 'link');
    await symlink(parent, link);
    const state = join(link, 'state');
    expect(await hostId(state)).toMatch(/^[0-9a-f]+$/);
    await lchown(link, NOBODY, NOBODY);
    await expect(hostId(state)).rejects.toThrow(
      `${link}, which is a link on the way to it, belongs to another user (${NOBODY}; this is 0)`,
    );
  });

  it('who can write beside the state folder, but move only what is his own (as in /tmp), does not', async () => {
    const state = await emptyState();
    await chmod(dirname(state), 0o1777);
    const file = recordFile(state, 'a');
    await save(file, '{}', state);
    expect(await hostId(state)).toMatch(/^[0-9a-f]+$/);
  });

  it.skipIf(!isRoot)('to whom a folder belongs that the state folder is in ends its use (needs root)', async () => {
    const state = await emptyState();
    const parent = dirname(state);
    await save(recordFile(state, 'a'), '{}', state);
    for (const mode of [0o755, 0o1777]) {
      await chmod(parent, mode);
      await chown(parent, NOBODY, NOBODY);
      await expect(hostId(state)).rejects.toMatchObject({
        message: expect.stringContaining(
          `${parent}, which it is in, belongs to another user (${NOBODY}; this is 0)`,
        ) as string,
        hint: expect.stringContaining(`chown USER ${parent}`) as string,
      });
      await chown(parent, 0, 0);
    }
  });

  it('finds a state folder that it cannot look into, also where it could before', async () => {
    const state = await emptyState();
    await mkdir(state, { mode: 0o755 });
    const file = recordFile(state, 'a');
    await save(file, '{}', state);
    expect([(await stat(state)).mode & 0o777, (await stat(file)).mode & 0o777]).toEqual([0o700, 0o600]);
  });
});

describe('what jobs only tell one another', () => {
  const others: readonly (readonly [string, (file: string) => Promise<void>])[] = [
    ['that others can write', (file) => chmod(file, 0o666)],
    ...(isRoot ? [['that belongs to another user', (file: string) => chown(file, NOBODY, NOBODY)] as const] : []),
  ];
  const clock = new ManualClock();

  it.each(others)('counts as not there: a price %s', async (_, open) => {
    const state = await emptyState();
    const prices = priceCache(state, 'r');
    const known = { at: 0, zones: [{ zone: 'z', list: 1 }] };
    await prices.write('t', known);
    await open(join(state, 'prices', 'r_t.json'));
    expect(await prices.read('t')).toBeUndefined();
    await prices.write('t', known);
    expect(await prices.read('t')).toEqual(known);
  });

  it.each(others)('counts as not there: a claim %s', async (_, open) => {
    const state = await emptyState();
    const prices = priceCache(state, 'r');
    expect([await prices.claim('t', 0), await prices.claim('t', 0)]).toEqual([true, false]);
    await open(join(state, 'prices', 'r_t.json.asked'));
    expect([await prices.claim('t', 0), await prices.claim('t', 0)]).toEqual([true, false]);
  });

  it.each(others)('counts as not there: a closed door %s', async (_, open) => {
    const state = await emptyState();
    const memory = zoneMemory(state, { lasts: 1000, longestProbe: 1000 });
    await memory.close('d', 'out of stock', 0);
    expect(await memory.knock('d', 0)).toMatchObject({ kind: 'closed' });
    await open(join(state, 'doors', 'd.json'));
    expect(await memory.knock('d', 0)).toEqual({ kind: 'open' });
  });

  it.each(others)('counts as not there: a look %s', async (_, open) => {
    const state = await emptyState();
    const looks = sharedLooks(state, 'r');
    await looks.watch('g');
    await looks.tellFine(['g'], 5000);
    expect(await looks.lastFine('g')).toBe(5000);
    await open(join(state, 'looks', 'r_g.fine'));
    expect(await looks.lastFine('g')).toBeUndefined();
    await looks.tellFine(['g'], 6000);
    expect(await looks.lastFine('g')).toBe(6000);
  });

  it.each(others)('counts as not there: a count of calls %s', async (_, open) => {
    const state = await emptyState();
    const budget = callBudget(state, 'r', { Action: { burst: 1, perSecond: 1 } }, { clock, random: () => 0 });
    const file = join(state, 'calls', 'r_Action.json');
    const tokens = async () => (JSON.parse(await readFile(file, 'utf8')) as { tokens: number }).tokens;
    await budget.throttled('Action', clock.now());
    await writeFile(file, JSON.stringify({ tokens: -1000, share: 1, at: clock.now(), loweredAt: 0 }));
    await open(file);
    // It would be a wait of the longest time.
    await budget.turn('Action');
    expect(await tokens()).toBe(0);
    const { uid, mode } = await stat(file);
    expect([uid, mode & 0o777]).toEqual([(await stat('/proc/self')).uid, 0o600]);
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

  it('a folder above the state folder that others can write ends prepare before anything is created', async () => {
    world = await startWorld();
    await chmod(world.folder, 0o777);
    const result = await world.run({ image: 'a:1' });
    expect(result.failureReason).toBe('runner_system_failure');
    expect(world.text(result)).toContain(`every user can write ${world.folder}, which it is in (mode 0777)`);
    expect(world.emulator.report().groups.created).toBe(0);
  });
});
