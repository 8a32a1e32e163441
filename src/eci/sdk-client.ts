import pRetry from 'p-retry';
import type { Clock } from '../context.ts';
import { interpretError, meansGone, meansStillAtWork } from './answers/interpret.ts';
import { type CallBudget, NO_BUDGET } from './call-limits.ts';
import {
  type ContainerGroup,
  type ContainerGroups,
  EciError,
  NothingMade,
  type WireParameters,
} from './container-groups.ts';
import { parseGroups } from './parse-groups.ts';
import { parsePrices } from './parse-prices.ts';
import { failure } from './sdk-error.ts';
import type { Call } from './sdk-call.ts';

/** Milliseconds. What changes something may take long on the platform's side, and to ask again is one call more; reads are quick or broken. */
const CHANGE_TIMEOUT = 30_000;
const READ_TIMEOUT = 10_000;

/** Of DescribeContainerGroups, 20 groups each. No manager has so many; a list that goes on does not come to an end. */
const MAX_PAGES = 500;
const PAGE_SIZE = 20;

export interface RetryLimits {
  readonly retries: number;
  /** First and longest pause, in milliseconds; the real one is random between 0 and it ("full jitter"). */
  readonly base: number;
  readonly cap: number;
}

const DEFAULT_RETRIES: RetryLimits = { retries: 5, base: 1000, cap: 8000 };

/**
 * @param answered one call of one action, see `sdk-call.ts`.
 * @param random a number from 0 to 1.
 * @param budget every call waits for its turn first.
 */
export function sdkContainerGroups(
  answered: Call,
  clock: Clock,
  random: () => number,
  budget: CallBudget = NO_BUDGET,
  limits = DEFAULT_RETRIES,
): ContainerGroups {
  let clockDifference: number | undefined;
  const call = async (...asked: Parameters<Call>): Promise<unknown> => {
    const { body, cloudTime } = await answered(...asked);
    if (cloudTime !== undefined) clockDifference = cloudTime - clock.now();
    return body;
  };

  const mends = (error: unknown, attemptNumber: number): boolean => {
    if (!(error instanceof EciError)) return false;
    const { means } = interpretError(error);
    return means === 'repeat' || (means === 'repeat-once' && attemptNumber === 1);
  };

  /** @param keepsResult p-retry would throw away the result of a call during which the signal was aborted. */
  const repeated = (
    action: string,
    work: () => Promise<unknown>,
    signal?: AbortSignal,
    keepsResult = false,
  ): Promise<unknown> => {
    const inTurn = async (): Promise<unknown> => {
      const plannedAt = clock.now();
      await budget.turn(action, signal);
      try {
        return await work();
      } catch (error) {
        if (error instanceof EciError && interpretError(error).class === 'throttle')
          await budget.throttled(action, plannedAt);
        throw error;
      }
    };
    return pRetry(inTurn, {
      retries: limits.retries,
      minTimeout: 0,
      factor: 1,
      ...(signal && !keepsResult ? { signal } : {}),
      shouldRetry: ({ error, attemptNumber }) => mends(error, attemptNumber) && signal?.aborted !== true,
      // Called before it is decided whether to go on: a refusal that is final must not wait.
      onFailedAttempt: async ({ error, attemptNumber, retriesLeft }) => {
        if (retriesLeft <= 0 || !mends(error, attemptNumber) || signal?.aborted === true) return;
        await clock.sleep(random() * Math.min(limits.cap, limits.base * 2 ** (attemptNumber - 1)), signal);
      },
    });
  };

  /** A call that may be cut off. */
  const ask = (action: string, parameters: WireParameters, timeoutMs: number, signal?: AbortSignal): Promise<unknown> =>
    repeated(action, () => call(action, parameters, timeoutMs, signal), signal);

  const find = async (filter: WireParameters, signal?: AbortSignal): Promise<readonly ContainerGroup[]> => {
    const groups: ContainerGroup[] = [];
    let nextToken = '';
    for (let page = 0; page < MAX_PAGES; page++) {
      const parameters = {
        ...filter,
        WithEvent: true,
        Limit: PAGE_SIZE,
        ...(nextToken ? { NextToken: nextToken } : {}),
      };
      const body = await ask('DescribeContainerGroups', parameters, READ_TIMEOUT, signal);
      const answer = parseGroups(body);
      if (!answer) throw failure('DescribeContainerGroups', 'InvalidAnswer', 'the answer has no list of groups', false);
      groups.push(...answer.groups);
      if (answer.nextToken === '') return groups;
      nextToken = answer.nextToken;
    }
    // What is missing in a list that is cut off would be taken for gone.
    const text = `the list of groups does not end after ${MAX_PAGES} pages, which hold ${MAX_PAGES * PAGE_SIZE} groups`;
    throw failure('DescribeContainerGroups', 'TooManyGroups', text, false);
  };

  const existing = async (ids: readonly string[], signal?: AbortSignal): Promise<readonly ContainerGroup[]> => {
    try {
      return await find({ ContainerGroupIds: JSON.stringify(ids) }, signal);
    } catch (error) {
      if (error instanceof EciError && meansGone(error)) return [];
      throw error;
    }
  };

  return {
    async create(request, clientToken, signal) {
      let mayHaveMade = false;
      const once = async (): Promise<unknown> => {
        try {
          // Without the signal: a call that is cut off may have made a group, and its id is worth the wait of one deadline.
          return await call('CreateContainerGroup', { ...request, ClientToken: clientToken }, CHANGE_TIMEOUT);
        } catch (error) {
          mayHaveMade ||= !(error instanceof EciError) || error.ambiguous || meansStillAtWork(error);
          throw error;
        }
      };
      // What the last call says of itself does not take back what an earlier one may have done.
      const body = await repeated('CreateContainerGroup', once, signal, true).catch((error: unknown) => {
        if (error instanceof EciError) throw mayHaveMade ? error.asAmbiguous() : error;
        throw mayHaveMade ? error : new NothingMade(error);
      });
      const id = (body as { ContainerGroupId?: unknown } | undefined)?.ContainerGroupId;
      if (typeof id === 'string' && id !== '') return id;
      // An error body can come with HTTP 200.
      throw failure('CreateContainerGroup', 'InvalidAnswer', 'the answer has no ContainerGroupId', true);
    },

    describe: async (id, signal) => (await existing([id], signal)).find((group) => group.id === id),

    existing,

    clockDifference: () => clockDifference,

    findByTags: (tags, signal) => find({ Tag: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) }, signal),

    async dryRun(request, signal) {
      const dry = { ...request, DryRun: true };
      try {
        await ask('CreateContainerGroup', dry, CHANGE_TIMEOUT, signal);
      } catch (error) {
        // Success comes as an error.
        if (error instanceof EciError && interpretError(error).means === 'done') return;
        throw error;
      }
    },

    async log(id, container, signal, lines = 500) {
      const asked = { ContainerGroupId: id, ContainerName: container, Tail: lines };
      const body = await ask('DescribeContainerLog', asked, READ_TIMEOUT, signal);
      const content = (body as { Content?: unknown } | undefined)?.Content;
      if (typeof content === 'string') return content;
      throw failure('DescribeContainerLog', 'InvalidAnswer', 'the answer has no Content', false);
    },

    async prices(spec, signal) {
      const asked = { ...spec, SpotStrategy: 'SpotAsPriceGo' };
      const body = await ask('DescribeContainerGroupPrice', asked, READ_TIMEOUT, signal);
      const prices = parsePrices(body, !('InstanceType' in spec));
      if (prices) return prices;
      throw failure('DescribeContainerGroupPrice', 'InvalidAnswer', 'the answer has no prices', false);
    },

    async remove(id, signal) {
      try {
        await ask('DeleteContainerGroup', { ContainerGroupId: id }, CHANGE_TIMEOUT, signal);
      } catch (error) {
        if (!(error instanceof EciError && meansGone(error))) throw error;
      }
    },
  };
}
