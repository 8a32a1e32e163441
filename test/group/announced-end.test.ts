import { describe, expect, it } from 'vitest';
import { announcedReclaim } from '../../src/group/announced-end.ts';
import { group, warningEvent } from '../support/group.ts';

const MINUTE = 60_000;
const AT = Date.parse('2026-03-01T12:00:00Z');

/** Minutes that are left so many minutes after the event. */
const leftAfter = (minutes: number, message: string, at: number | undefined): number | undefined =>
  announcedReclaim(group({ events: [{ ...warningEvent('SpotToBeReleased', message), at }] }), AT + minutes * MINUTE)
    ?.minutesLeft;

describe('the announcement of a reclaim', () => {
  it.each([
    ['as the event says it', 0, 'Spot ECI will be released in 5 minutes', 5],
    ['less what has passed since by the cloud’s clock', 2, 'Spot ECI will be released in 3 minutes', 1],
    ['never less than none', 9, 'Spot ECI will be released in 3 minutes', 0],
    ['three where the event has no number', 0, 'Spot ECI will be released soon', 3],
  ])('says how many minutes are left: %s', (_, after, message, expected) => {
    expect(leftAfter(after, message, AT)).toBe(expected);
  });

  it('counts nothing off where nobody knows when it came', () => {
    expect(leftAfter(2, 'Spot ECI will be released in 3 minutes', undefined)).toBe(3);
  });

  it('is none where ECI has not warned', () => expect(announcedReclaim(group(), AT)).toBeUndefined());
});
