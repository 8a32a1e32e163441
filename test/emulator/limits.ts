import { describe, expect, it } from 'vitest';
import { GROUP, startCloud, type Wire } from './cloud-under-test.ts';

/** A documented limit: what is just allowed, what is not any more, and the code of its refusal. */
export type Limit = readonly [limit: string, allowed: Wire, beyond: Wire, code: string];

export const spot = (more: Wire): Wire => ({ SpotStrategy: 'SpotAsPriceGo', ...more });

/** Tests both sides of each limit with dry runs. */
export function describeLimits(limits: readonly Limit[]): void {
  describe('a create call is taken up to, and refused beyond,', () => {
    it.each(limits)('%s', async (_, allowed, beyond, code) => {
      const { emulator, refused } = await startCloud();
      const dryRun = async (more: Wire) =>
        (await refused('CreateContainerGroup', { ...GROUP, DryRun: true, ...more })).code;
      expect([await dryRun(allowed), await dryRun(beyond)]).toEqual(['DryRun.Success', code]);
      expect(emulator.report().groups.created).toBe(0);
    });
  });
}
