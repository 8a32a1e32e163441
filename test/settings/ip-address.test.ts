import fc from 'fast-check';
import { isIP } from 'node:net';
import { describe, expect, it } from 'vitest';
import { isAddress } from '../../src/settings/ip-address.ts';

const almost = fc.array(fc.constantFrom('1', '0', '25', '256', 'f', 'abcd', '.', ':', '::', 'g', ' ', ']', '/'), {
  maxLength: 12,
});

describe('an IP address', () => {
  it('is what Node takes as one', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.ipV4(),
          fc.ipV4Extended(),
          fc.ipV6(),
          almost.map((words) => words.join('')),
        ),
        (text) => {
          expect(isAddress(text)).toBe(isIP(text) !== 0);
        },
      ),
      { numRuns: 5000 },
    );
  });

  it('has no zone', () => {
    expect(isAddress('fe80::1%eth0')).toBe(false);
  });
});
