import { describe, expect, it } from 'vitest';
import { AdvanceableClock } from '../../src/emulator/advanceable-clock.ts';
import { StockSchema } from '../../src/emulator/scenario.ts';
import { GROUP, startCloud } from './cloud-under-test.ts';

const HOUR = 3600;
const SPOT = { ...GROUP, InstanceType: 'ecs.c6.large', SpotStrategy: 'SpotAsPriceGo' };

describe('a clock that is advanced', () => {
  it('wakes every sleeper at its own moment and in order, also those that fall asleep meanwhile', async () => {
    const clock = new AdvanceableClock();
    const start = clock.now();
    const woken: string[] = [];
    const sleep = async (name: string, seconds: number) => {
      await clock.sleep(seconds * 1000);
      woken.push(`${name} ${Math.round((clock.now() - start) / 1000)}`);
    };
    const all = [sleep('b', 20), sleep('a', 10).then(() => sleep('c', 25)), sleep('d', 3600)];
    await clock.advance(3600);
    await Promise.all(all);
    expect(woken).toEqual(['a 10', 'b 20', 'c 35', 'd 3600']);
    expect(Math.round((clock.now() - start) / 1000)).toBe(3600);
  });

  it('runs on by itself before and after', async () => {
    const clock = new AdvanceableClock();
    await clock.sleep(5);
    await clock.advance(60);
    await clock.sleep(5);
    await Promise.all([clock.advance(10), clock.advance(10)]);
    expect(clock.now() - Date.now()).toBeGreaterThan(79_000);
  });

  it('lets a sleeper leave when its signal is aborted', async () => {
    const clock = new AdvanceableClock();
    const leaving = new AbortController();
    const sleeping = clock.sleep(60_000, leaving.signal);
    leaving.abort(new Error('enough'));
    await expect(sleeping).rejects.toThrow('enough');
    await expect(clock.sleep(1, leaving.signal)).rejects.toThrow('enough');
  });

  it('waits for the work of real processes, and not for ever', async () => {
    const clock = new AdvanceableClock();
    let done = false;
    void clock.waitFor(
      new Promise<void>((resolve) => setTimeout(resolve, 30)).then(() => void (done = true)),
      5000,
    );
    await clock.advance(1);
    expect(done).toBe(true);
    void clock.waitFor(new Promise(() => undefined), 20);
    await clock.advance(1);
  });
});

describe('hours of the cloud', () => {
  it('end a group at its deadline, and bill until then', async () => {
    const { create, describe: look, emulator } = await startCloud({ startDelay: 10 });
    const id = await create({ ActiveDeadlineSeconds: 2 * HOUR });
    await emulator.advance(HOUR);
    expect(await look(id)).toMatchObject({ Status: 'Running' });
    await emulator.advance(2 * HOUR);
    const group = await look(id);
    expect(group).toMatchObject({ Status: 'Failed' });
    expect(group?.Events.at(-1)).toMatchObject({ Reason: 'DeadlineExceeded' });
    const [cost] = emulator.report().cost.groups;
    expect(cost?.seconds).toBeCloseTo(2 * HOUR, -1);
    expect(cost?.amount).toBeCloseTo(2 * 0.4411, 2);
    expect(cost?.bill).toBe(0.88);
  });

  it('drop records of ended groups: after an hour the newest hundred are left, and what was never scheduled after a day', async () => {
    const { create, page, emulator } = await startCloud({
      tables: `[[throttle]]\naction = "CreateContainerGroup"\nburst = 1000\nper_second = 1000
[[image]]\nname = "alpine:3.20"\nexit_code = 0
[[stock]]\nzone = "cn-beijing-k"\nanswers = ["schedule-failed"]`,
    });
    for (let count = 0; count < 105; count++) await create({ ContainerGroupName: `g-${count}` });
    await create({ VSwitchId: 'vsw-k' });
    await emulator.advance(60);
    expect((await page()).TotalCount).toBe(106);
    await emulator.advance(HOUR);
    expect((await page()).TotalCount).toBe(100);
    expect((await page({ Status: 'ScheduleFailed' })).TotalCount).toBe(1);
    await emulator.advance(24 * HOUR);
    expect((await page({ Status: 'ScheduleFailed' })).TotalCount).toBe(0);
  });
});

describe('the spot market', () => {
  it('takes a group back when it has run out: the warning first, the end three minutes later', async () => {
    // Every half hour is a gap with a chance of 90 %: none of them touches the protected hour.
    const {
      create,
      describe: look,
      emulator,
    } = await startCloud({
      tables: '[market]\nseed = 3\nstock_out_share = 0',
    });
    const id = await create(SPOT);
    await emulator.advance(60);
    expect(emulator.reclaim(id, 180)).toBe(true);
    await emulator.advance(179);
    expect(await look(id)).toMatchObject({ Status: 'Running' });
    await emulator.advance(2);
    const group = await look(id);
    expect(group).toMatchObject({ Status: 'Expired' });
    expect(group?.Events.some((each) => each.Message === 'Spot ECI will be released in 3 minutes')).toBe(true);
  });

  it('looks every five minutes after the protection: stock that is gone by then is a reclaim', async () => {
    const { create, describe: look, emulator } = await startCloud();
    const id = await create(SPOT);
    await emulator.advance(60);
    emulator.setStock(StockSchema.parse({ zone: 'cn-beijing-h', answers: ['no-stock'] }));
    await emulator.advance(HOUR);
    expect(await look(id)).toMatchObject({ Status: 'Running' });
    await emulator.advance(300);
    expect((await look(id))?.Events.map((each) => each.Reason)).toContain('SpotToBeReleased');
    await emulator.advance(180);
    expect(await look(id)).toMatchObject({ Status: 'Expired' });
  });

  it('keeps a group whose place had stock when it was last asked for, whatever the next answer is', async () => {
    const {
      create,
      describe: look,
      emulator,
    } = await startCloud({
      tables: '[[stock]]\nanswers = ["available", "no-stock"]',
    });
    const id = await create(SPOT);
    await emulator.advance(3 * HOUR);
    expect(await look(id)).toMatchObject({ Status: 'Running' });
  });

  it('takes a group back when a gap of the market comes', async () => {
    const market = (seed: number) => `[market]\nseed = ${seed}\nstock_out_share = 0.3\nstock_out_minutes = 30`;
    const HALF = 1800;
    // A seed with stock in the first hour and a half, and a gap in the half hour after it.
    const gapAfter = async (seed: number) => {
      const { refused, emulator } = await startCloud({ tables: market(seed) });
      await emulator.advance(HALF / 2);
      const halves = [];
      for (let half = 0; half < 4; half++) {
        halves.push((await refused('CreateContainerGroup', { ...SPOT, DryRun: true })).code);
        await emulator.advance(HALF);
      }
      return halves.join().replaceAll('DryRun.Success', '.') === '.,.,.,OperationDenied.NoStock';
    };
    let seed = 1;
    while (!(await gapAfter(seed))) seed++;
    const { create, describe: look, emulator } = await startCloud({ tables: market(seed) });
    const id = await create(SPOT);
    await emulator.advance(3 * HALF - 60);
    expect(await look(id)).toMatchObject({ Status: 'Running' });
    await emulator.advance(600);
    expect(await look(id)).toMatchObject({ Status: 'Expired' });
  });

  it('moves prices by its seed, takes back who bid less, and bills what was paid', async () => {
    const market = '[market]\nseed = 7\nvolatility = 0.9';
    const { create, describe: look, call, emulator } = await startCloud({ tables: market });
    const priceNow = async () => {
      const wanted = { InstanceType: 'ecs.c6.large', SpotStrategy: 'SpotAsPriceGo', ZoneId: 'cn-beijing-h' };
      const { PriceInfo } = (await call('DescribeContainerGroupPrice', wanted)) as unknown as {
        PriceInfo: { SpotPrices: { SpotPrice: { SpotPrice: number }[] } };
      };
      return PriceInfo.SpotPrices.SpotPrice[0]?.SpotPrice ?? 0;
    };
    const prices = [];
    for (let hour = 0; hour < 48; hour++) {
      prices.push(await priceNow());
      await emulator.advance(HOUR);
    }
    expect(new Set(prices).size).toBeGreaterThan(20);
    expect(Math.min(...prices)).toBeGreaterThan(0);
    expect(Math.max(...prices)).toBeLessThanOrEqual(0.39);
    // A price moves by the minute: a thousandth more keeps the create call from meeting the next one.
    const bid = (await priceNow()) + 0.001;
    const id = await create({ ...SPOT, SpotStrategy: 'SpotWithPriceLimit', SpotPriceLimit: bid });
    await emulator.advance(HOUR - 60);
    // Protected, whatever the price does.
    expect(await look(id)).toMatchObject({ Status: 'Running' });
    await emulator.advance(48 * HOUR);
    expect(await look(id)).toMatchObject({ Status: 'Expired' });
    const [cost] = emulator.report().cost.groups;
    expect(cost?.seconds).toBeGreaterThanOrEqual(HOUR);
    // Never more than the bid, but for the five minutes between two looks and the notice.
    expect(cost?.amount).toBeGreaterThanOrEqual(bid);
    expect(cost?.amount).toBeLessThanOrEqual(((cost?.seconds ?? 0) / HOUR) * bid + (8 / 60) * 0.39);
  });

  it('is empty for about the share of the time that the scenario says, at the same times for the same seed', async () => {
    const gaps = async (seed: number) => {
      const { refused, emulator } = await startCloud({ tables: `[market]\nseed = ${seed}\nstock_out_share = 0.3` });
      await emulator.advance(900);
      let text = '';
      for (let half = 0; half < 100; half++) {
        text +=
          (await refused('CreateContainerGroup', { ...SPOT, DryRun: true })).code === 'DryRun.Success' ? '.' : 'x';
        await emulator.advance(1800);
      }
      return text;
    };
    const [first, again, other] = [await gaps(1), await gaps(1), await gaps(2)];
    expect(again).toBe(first);
    expect(other).not.toBe(first);
    const share = first.replaceAll('.', '').length;
    expect(share).toBeGreaterThan(15);
    expect(share).toBeLessThan(45);
  });
});
