import { describe, expect, it } from 'vitest';
import { type Facts, type Here, isPastDeadline, judgeJob } from '../../src/collector/judge.ts';
import { secondPass } from '../../src/collector/marks.ts';
import { instanceId, parseInstanceId } from '../../src/state/caller.ts';
import { group } from '../support/group.ts';

const self = { bootId: '0a1b2c3d-1111', pidNamespace: '11', mountNamespace: '22' };
const here: Here = { host: 'host-1', self, seesAll: true };
const maker = { ...self, pid: 700, startTime: '4711' };
const running: Facts = { host: 'host-1', maker, presentStart: '4711', folderExists: true };

describe('a job whose runner is looked for', () => {
  it.each<[string, Partial<Facts>, Partial<Here>]>([
    ['lives while runner and folder are there', {}, {}],
    ['lives when nobody knows its folder', { folderExists: undefined }, {}],
    ['lives when another host made it, whatever the numbers say', { host: 'host-2', presentStart: undefined }, {}],
    ['lives when nobody says which host made it', { host: undefined, presentStart: undefined }, {}],
    ['lives when nobody says which process made it', { maker: undefined }, {}],
    [
      'lives when its start time is not known',
      { maker: { ...maker, startTime: 'unknown' }, presentStart: undefined },
      {},
    ],
    [
      'lives when this host does not know itself',
      { presentStart: undefined },
      { self: { ...self, bootId: 'unknown' } },
    ],
    ['lives in another pid namespace', { presentStart: undefined }, { self: { ...self, pidNamespace: '12' } }],
    ['lives in another mount namespace', { folderExists: false }, { self: { ...self, mountNamespace: '23' } }],
    ['lives when its process cannot be looked at', { presentStart: 'unknown' }, {}],
    ['lives when other users’ processes are hidden', { presentStart: undefined }, { seesAll: false }],
  ])('%s', (_, facts, place) => {
    expect(judgeJob({ ...running, ...facts }, { ...here, ...place })).toMatchObject({ is: 'living' });
  });

  it.each<[string, Partial<Facts>, string]>([
    ['when its runner has ended', { presentStart: undefined }, 'its runner has ended (process 700)'],
    ['when another process has its number', { presentStart: '9' }, 'its runner has ended (process 700)'],
    ['when its runner lives without its folder', { folderExists: false }, 'its runner has given the job up'],
    [
      'when this host was started anew, in whatever namespace',
      { maker: { ...maker, bootId: 'ffffffff', pidNamespace: '99' } },
      'this host was started anew since',
    ],
  ])('is dead %s', (_, facts, why) => {
    expect(judgeJob({ ...running, ...facts }, here)).toEqual({ is: 'dead', why });
  });
});

describe("the tag that names a group's runner", () => {
  it('can be read back, but for the rest of the boot id', () => {
    expect(parseInstanceId(instanceId(maker))).toEqual({ ...maker, bootId: '0a1b2c3d' });
  });

  it.each(['', '0a1b2c3d.11.700.4711', '0a1b2c3d.11.22.700.x', '0a1b2c3d.11.22.700.1.2'])(
    'tells nothing when it is "%s"',
    (text) => {
      expect(parseInstanceId(text)).toBeUndefined();
    },
  );
});

describe("a group's deadline", () => {
  const createdAt = Date.parse('2026-03-01T10:00:00Z');
  const tags = { 'gitlab-eci-seconds': '3600', 'gitlab-eci-deadline': '2026-03-01T09:00:00Z' };

  it('is counted from its creation by the cloud, whatever clock the manager had', () => {
    expect(isPastDeadline(group({ createdAt, tags }), createdAt + 3_599_000)).toBe(false);
    expect(isPastDeadline(group({ createdAt, tags }), createdAt + 3_601_000)).toBe(true);
  });

  it('is the moment in its tag where the cloud tells no creation, or an older version wrote no length', () => {
    expect(isPastDeadline(group({ tags }), createdAt)).toBe(true);
    expect(
      isPastDeadline(group({ createdAt, tags: { 'gitlab-eci-deadline': '2026-03-01T10:30:00Z' } }), createdAt),
    ).toBe(false);
  });

  it.each([{}, { 'gitlab-eci-seconds': 'soon' }, { 'gitlab-eci-deadline': 'x', 'gitlab-eci-seconds': '-5' }])(
    'is never over when nobody can read it: %o',
    (unreadable) => {
      expect(isPastDeadline(group({ createdAt, tags: unreadable }), createdAt * 2)).toBe(false);
    },
  );
});

describe('a group that nobody seems to need', () => {
  it('is due in a later pass, when the grace is over', () => {
    expect(secondPass(undefined, 1000, 5000)).toEqual({ due: false, since: 5000 });
    expect(secondPass(5000, 1000, 5999)).toEqual({ due: false, since: 5000 });
    expect(secondPass(5000, 1000, 6000)).toEqual({ due: true, since: 5000 });
  });

  it('counts anew when the clock was set back', () => {
    expect(secondPass(9000, 1000, 5000)).toEqual({ due: false, since: 5000 });
  });
});
