import { describe, expect, it } from 'vitest';
import { EciError } from '../../src/eci/container-groups.ts';
import { sdkContainerGroups } from '../../src/eci/sdk-client.ts';
import { untilAborted } from '../support/aborted.ts';

const error = (code: string, httpStatus: number, ambiguous = false) =>
  new EciError({ action: 'CreateContainerGroup', code, message: code, httpStatus, ambiguous });
const pauses: number[] = [];
const clock = { now: () => 0, sleep: (milliseconds: number) => Promise.resolve(void pauses.push(milliseconds)) };

/** A client whose calls end in these errors, one after the other; the last one stays. */
function clientThatMeets(errors: readonly EciError[]) {
  let calls = 0;
  const call = () => Promise.reject(errors[Math.min(calls++, errors.length - 1)] ?? new Error('no error'));
  return { groups: sdkContainerGroups(call, clock, () => 0), calls: () => calls };
}

describe('a create that fails in the end', () => {
  it('is ambiguous if any of its calls was: that one may have made the group', async () => {
    const { groups } = clientThatMeets([error('Timeout', 0, true), error('Forbidden', 403)]);
    await expect(groups.create({}, 'token')).rejects.toMatchObject({ code: 'Forbidden', ambiguous: true });
  });

  it('is ambiguous while the platform says that an earlier call with the token is still at work', async () => {
    const { groups, calls } = clientThatMeets([error('LastTokenProcessing', 403)]);
    await expect(groups.create({}, 'token')).rejects.toMatchObject({ ambiguous: true });
    expect(calls()).toBeGreaterThan(1);
  });

  it('keeps the id of a group that was made while somebody asked us to stop', async () => {
    const stop = new AbortController();
    const call = () => {
      stop.abort(new Error('SIGTERM'));
      return Promise.resolve({ body: { ContainerGroupId: 'eci-1' }, cloudTime: undefined });
    };
    const groups = sdkContainerGroups(call, clock, () => 0);
    await expect(groups.create({}, 'token', stop.signal)).resolves.toBe('eci-1');
  });

  it('is not repeated once somebody has asked us to stop', async () => {
    const stop = new AbortController();
    let calls = 0;
    const call = () => {
      calls++;
      stop.abort(new Error('SIGTERM'));
      return Promise.reject(error('Timeout', 0, true));
    };
    const groups = sdkContainerGroups(call, clock, () => 0);
    await expect(groups.create({}, 'token', stop.signal)).rejects.toMatchObject({ ambiguous: true });
    expect(calls).toBe(1);
  });

  it('has made nothing when it is given up while it waits for its turn, and says why', async () => {
    const stop = new AbortController();
    const budget = {
      turn: (_: string, signal?: AbortSignal) => untilAborted(signal),
      throttled: () => Promise.resolve(),
    };
    const groups = sdkContainerGroups(
      () => Promise.reject(new Error('not expected')),
      clock,
      () => 0,
      budget,
    );
    const created = groups.create({}, 'token', stop.signal);
    stop.abort(new Error('SIGTERM'));
    await expect(created).rejects.toMatchObject({ name: 'NothingMade', cause: { message: 'SIGTERM' } });
  });

  it('may have made something when it is given up between a call without an answer and the next one', async () => {
    const stop = new AbortController();
    const waiting = { ...clock, sleep: (_: number, signal?: AbortSignal) => untilAborted(signal) };
    const call = () => Promise.reject(error('Timeout', 0, true));
    const created = sdkContainerGroups(call, waiting, () => 0).create({}, 'token', stop.signal);
    setTimeout(() => stop.abort(new Error('SIGTERM')), 10);
    await expect(created).rejects.not.toMatchObject({ name: 'NothingMade' });
  });

  it('is certain after plain refusals', async () => {
    const { groups, calls } = clientThatMeets([error('OperationDenied.NoStock', 403)]);
    pauses.length = 0;
    await expect(groups.create({}, 'token')).rejects.toMatchObject({ ambiguous: false });
    expect(calls()).toBe(1);
    // A refusal that is final waits for nothing.
    expect(pauses).toEqual([]);
  });
});

describe('a call that is repeated', () => {
  it('waits a random part of a doubled time, up to eight seconds, five times', async () => {
    pauses.length = 0;
    const call = () => Promise.reject(error('Throttling.User', 400));
    const groups = sdkContainerGroups(call, clock, () => 0.5);
    await expect(groups.findByTags({})).rejects.toMatchObject({ code: 'Throttling.User' });
    expect(pauses).toEqual([500, 1000, 2000, 4000, 4000]);
  });
});

describe('a list of groups', () => {
  /** A cloud with so many pages; each page's group has the page's number. */
  const withPages = (pages: number) =>
    sdkContainerGroups(
      (_, { NextToken = '0' }) => {
        const page = Number(NextToken);
        const more = page + 1 < pages ? { NextToken: String(page + 1) } : {};
        return Promise.resolve({
          body: { ContainerGroups: [{ ContainerGroupId: `eci-${page}` }], ...more },
          cloudTime: undefined,
        });
      },
      clock,
      () => 0,
    );

  it('is read to its last page', async () => {
    const found = await withPages(500).findByTags({});
    expect(found).toHaveLength(500);
    expect(found.at(-1)).toMatchObject({ id: 'eci-499' });
  });

  it('that goes on after 500 pages is none at all: what is not in it would be taken for gone', async () => {
    await expect(withPages(501).findByTags({})).rejects.toMatchObject({
      code: 'TooManyGroups',
      message: 'DescribeContainerGroups: the list of groups does not end after 500 pages, which hold 10000 groups',
    });
  });
});
