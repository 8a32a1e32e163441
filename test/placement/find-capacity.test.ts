import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { removeGroups } from '../../src/group/remove-groups.ts';
import { containerGroups, eciError } from '../support/container-groups.ts';
import { group } from '../support/group.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { host, search } from './capacity-search.ts';

const refuse = (code: string) => () => Promise.reject(eciError(code));

describe('a create of which nobody knows what it did', () => {
  it('stays open in the record, so that cleanup looks for its group by the tags', async () => {
    const clock = new ManualClock();
    const silent = {
      create: () => Promise.reject(eciError('Timeout', { ambiguous: true })),
      findByTags: () => Promise.reject(eciError('Timeout', { ambiguous: true })),
    };
    const { found, record, file } = await search({
      groups: silent,
      clock,
      folder: await host(),
      top: 'poll_timeout = 0',
    });
    await clock.advanceUntil(found);
    await expect(found).rejects.toThrow(/No capacity/);
    expect(record.creates.map((entry) => entry.state)).toEqual(['sent']);
    expect(await readFile(file, 'utf8')).toContain('"sent"');

    const removed: string[] = [];
    const later = containerGroups({
      findByTags: () => Promise.resolve([group({ id: 'eci-late' })]),
      remove: (id) => Promise.resolve(void removed.push(id)),
    });
    await removeGroups(record.creates, later, 'a', clock, new AbortController().signal);
    expect(removed).toEqual(['eci-late']);
  });
});

describe('poll_timeout', () => {
  it('bounds the search, however long each door keeps one waiting', async () => {
    const clock = new ManualClock();
    let creates = 0;
    const stuck = {
      create: () => Promise.resolve(`eci-${++creates}`),
      describe: (id: string) => Promise.resolve(group({ id, status: 'Scheduling', intranetIp: '' })),
    };
    const top = 'poll_timeout = 150\nscheduling_timeout = 60';
    const { found } = await search({ groups: stuck, clock, folder: await host(), top });
    await clock.advanceUntil(found);
    await expect(found).rejects.toThrow(/No capacity was found/);
    expect(creates).toBe(3);
  });

  it('ends with an attempt, when each of its rounds finds a door to knock at', async () => {
    const clock = new ManualClock();
    const top = 'poll_timeout = 10\npoll_interval = 8\nzone_memory = 0';
    const { found, asked } = await search({
      groups: { create: refuse('OperationDenied.NoStock') },
      clock,
      folder: await host(),
      top,
    });
    await clock.advanceUntil(found);
    await expect(found).rejects.toThrow(/No capacity/);
    expect(asked).toHaveLength(10 + 10 + 1);
  });
});

describe('waiting', () => {
  it('has a line of its own every 30 seconds, which tells when the next closed door is tried', async () => {
    const clock = new ManualClock();
    const { found, lines } = await search({
      groups: { create: refuse('OperationDenied.NoStock') },
      clock,
      folder: await host(),
      top: 'poll_timeout = 100\nzone_memory = 60',
    });
    await clock.advanceUntil(found);
    const waiting = lines.filter((text) => text.startsWith('Waiting for'));
    expect(waiting[0]).toBe('Waiting for capacity, for at most 100 s more.');
    expect(waiting[1]).toMatch(
      /^Waiting for capacity, for at most \d+ s more\. The next closed door is tried again in \d+ s\.$/,
    );
    expect(waiting.length).toBeGreaterThanOrEqual(3);
    expect(waiting.length).toBeLessThanOrEqual(4);
  });

  it('tells each place once as long as its answer stays the same, and counts the others', async () => {
    const clock = new ManualClock();
    const { found, lines, decisions, asked } = await search({
      groups: { create: refuse('OperationDenied.NoStock') },
      clock,
      folder: await host(),
      top: 'poll_timeout = 100\nzone_memory = 0',
    });
    await clock.advanceUntil(found);
    const attempts = lines.filter((text) => text.includes('out of stock'));
    expect(new Set(attempts).size).toBe(attempts.length);
    expect(asked.length).toBeGreaterThan(attempts.length);
    expect(lines).toContainEqual(expect.stringMatching(/^Waiting for capacity, .* \d+ attempts refused as before\./));
    expect(decisions.filter((text) => text === 'info attempt')).toHaveLength(asked.length);
  });

  it('for a quota leaves the other doors alone, and ends with the quota in the cloud’s words', async () => {
    const clock = new ManualClock();
    const { found, lines, asked } = await search({
      groups: { create: () => Promise.reject(eciError('QuotaExceeded', { message: 'vCPU quota exceeded.' })) },
      clock,
      folder: await host(),
      top: 'poll_timeout = 10\npoll_interval = 8',
    });
    await clock.advanceUntil(found);
    await expect(found).rejects.toThrow(/vCPU quota exceeded\./);
    await expect(found).rejects.toHaveProperty('hint', expect.stringContaining('Quota Center'));
    expect(lines).toContainEqual(expect.stringMatching(/^Waiting for quota/));
    expect(asked.map(({ choice }) => choice.vswitch.zone)).toEqual(['cn-beijing-h', 'cn-beijing-h', 'cn-beijing-h']);
  });
});

/** Refuses create calls with these codes, one after the other, and then takes one. */
function refusing(...codes: string[]) {
  const left = [...codes];
  return {
    create: () => {
      const code = left.shift();
      return code === undefined ? Promise.resolve('eci-1') : Promise.reject(eciError(code));
    },
  };
}

describe('an option that ECI refuses', () => {
  it('is the spot duration: the other one, once, with a sentence', async () => {
    const clock = new ManualClock();
    const { found, asked, lines } = await search({
      groups: refusing('InvalidInstanceTypeForEciSpotDurationBuy'),
      clock,
      folder: await host(),
      tables: '[spot]\nduration = 2',
    });
    await clock.advanceUntil(found);
    await found;
    expect(asked.map(({ adjustments }) => adjustments.spotDurations)).toEqual([{}, { 'ecs.c6.2xlarge': 1 }]);
    expect(lines).toContain('  ECI does not take a spot duration of 2 h for ecs.c6.2xlarge: going on with 1 h.');
  });

  it('in all its forms is the end of that type, and its answer the end of the search when there is no other', async () => {
    const clock = new ManualClock();
    const code = 'InvalidInstanceTypeForEciSpotDurationBuy';
    const { found, asked } = await search({ groups: refusing(code, code), clock, folder: await host(), tables: '' });
    await clock.advanceUntil(found);
    await expect(found).rejects.toMatchObject({
      fault: 'operator',
      message: expect.stringContaining('spot duration not available for this type') as string,
      hint: 'Set spot.duration to 0 or 1, whichever this type allows.',
    });
    expect(asked).toHaveLength(2);
  });

  it('is the image cache that the settings name: once without, for every attempt that follows', async () => {
    const clock = new ManualClock();
    const { found, asked, lines } = await search({
      groups: refusing('ImageSnapshot.NotFound', 'OperationDenied.NoStock'),
      clock,
      folder: await host(),
      top: 'image_cache_id = "imc-1"',
    });
    await clock.advanceUntil(found);
    await found;
    expect(asked.map(({ adjustments }) => adjustments.withoutImageCache)).toEqual([false, true, true]);
    expect(lines).toContain('  The image cache imc-1 cannot be used: going on without it.');
  });

  it('is not repeated when nothing can be left out', async () => {
    const { found, asked } = await search({
      groups: refusing('ImageSnapshot.NotFound', 'ImageSnapshot.NotFound'),
      clock: new ManualClock(),
      folder: await host(),
      top: 'image_cache_id = "imc-1"',
    });
    await expect(found).rejects.toThrow(/image cache cannot be used/);
    expect(asked).toHaveLength(2);
  });
});

describe('a type that ECI does not sell', () => {
  it('is tried once, not once a zone, and the other types go on', async () => {
    const clock = new ManualClock();
    const { found, asked } = await search({
      groups: {
        create: (request) =>
          request.type === 'ecs.c6.2xlarge'
            ? Promise.reject(eciError('InvalidInstanceTypeForEciBuy'))
            : Promise.resolve('eci-1'),
      },
      clock,
      folder: await host(),
      top: 'instance_types = ["ecs.c6.2xlarge", "ecs.g6.2xlarge"]',
    });
    await clock.advanceUntil(found);
    expect((await found).choice.instance.label).toBe('ecs.g6.2xlarge');
    expect(asked).toHaveLength(2);
  });
});

describe('a type that is not sold as spot', () => {
  it('is tried on demand all the same', async () => {
    const clock = new ManualClock();
    const { found, asked } = await search({
      groups: refusing('InvalidSpotCpuMemorySpec'),
      clock,
      folder: await host(),
      top: 'instance_types = ["ecs.t6-c1m2.large"]',
      tables: '[spot]\non_demand_fallback = true',
    });
    await clock.advanceUntil(found);
    await found;
    expect(asked.map(({ choice }) => choice.policy)).toEqual(['spot', 'on-demand']);
  });
});

describe('what ECI cannot do', () => {
  const refused = async (hasWishes: boolean, code = 'InvalidSecurityGroupId.NotFound') => {
    const clock = new ManualClock();
    const { found } = await search({
      groups: { create: refuse(code) },
      clock,
      folder: await host(),
      hasWishes,
    });
    await clock.advanceUntil(found);
    return found.catch((error: unknown) => error);
  };

  it("is the operator's fault by the settings, and the author's when the job's variables have changed them", async () => {
    expect(await refused(false)).toMatchObject({ fault: 'operator' });
    expect(await refused(true)).toMatchObject({
      fault: 'user',
      hint: expect.stringContaining('by variables') as string,
    });
  });

  it.each(['Brand.New', 'IdempotentParameterMismatch', 'Forbidden.RAM', 'Account.Arrearage'])(
    'for another reason (%s) is never the author’s fault, whatever the job wishes',
    async (code) => expect(await refused(true, code)).toMatchObject({ fault: 'operator' }),
  );
});

describe('a vSwitch without addresses', () => {
  it('is left in all its types at once', async () => {
    const clock = new ManualClock();
    const { found, asked } = await search({
      groups: refusing('InvalidVSwitchId.IpNotEnough'),
      clock,
      folder: await host(),
      top: 'instance_types = ["ecs.c6.2xlarge", "ecs.g6.2xlarge"]',
    });
    await clock.advanceUntil(found);
    await found;
    expect(asked.map(({ choice }) => choice.vswitch.id)).toEqual(['vsw-h', 'vsw-0']);
  });
});
