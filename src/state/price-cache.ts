import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { claim, remove } from './claim.ts';
import { dropOld, fileName, readJson, writeAtomically } from './files.ts';

/** Hourly prices of one type or size, or why they could not be had. */
const CachedSchema = z.object({
  at: z.number(),
  failed: z.optional(z.string()),
  zones: z.array(z.object({ zone: z.string(), list: z.optional(z.number()), spot: z.optional(z.number()) })),
});
export type CachedPrices = z.infer<typeof CachedSchema>;

/** What the jobs of one host know of prices; any file of it may be lost at any time. */
export interface PriceCache {
  read(label: string): Promise<CachedPrices | undefined>;
  /** @returns whether the caller is the one who asks; the others wait for what he writes. */
  claim(label: string, now: number): Promise<boolean>;
  /** Ends the claim too. */
  write(label: string, prices: CachedPrices): Promise<void>;
}

/** Milliseconds after which a job that wanted to ask counts as dead. */
export const LONGEST_QUESTION = 10_000;

/** Milliseconds after which a price that nobody asked for again is removed. */
const KEPT = 24 * 3_600_000;

/** @param region prices differ by region. */
export function priceCache(stateDir: string, region: string): PriceCache {
  const folder = join(stateDir, 'prices');
  const file = (label: string): string => join(folder, `${fileName(`${region}_${label}`)}.json`);
  const claimed = (label: string): string => `${file(label)}.asked`;
  return {
    claim: async (label, now) => {
      await mkdir(folder, { recursive: true, mode: 0o700 }).catch(() => undefined);
      return claim(claimed(label), now, LONGEST_QUESTION);
    },
    read: async (label) => {
      const parsed = CachedSchema.safeParse(await readJson(file(label)));
      return parsed.success ? parsed.data : undefined;
    },
    write: async (label, prices) => {
      await writeAtomically(file(label), JSON.stringify(prices)).catch(() => undefined);
      await remove(claimed(label));
      await dropOld(folder, prices.at - KEPT);
    },
  };
}
