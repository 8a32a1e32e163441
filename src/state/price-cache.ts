import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { fileName, writeAtomically } from './files.ts';

/** Hourly prices of one type or size. `undefined` prices are remembered too: what cannot be had now is not asked for by every job. */
const CachedSchema = z.object({
  at: z.number(),
  zones: z.array(z.object({ zone: z.string(), list: z.optional(z.number()), spot: z.optional(z.number()) })),
});
export type CachedPrices = z.infer<typeof CachedSchema>;

/** What the jobs of one host know of prices; any file of it may be lost at any time. */
export interface PriceCache {
  read(label: string): Promise<CachedPrices | undefined>;
  write(label: string, prices: CachedPrices): Promise<void>;
}

/** @param region prices differ by region. */
export function priceCache(stateDir: string, region: string): PriceCache {
  const file = (label: string): string => join(stateDir, 'prices', `${fileName(`${region}_${label}`)}.json`);
  return {
    read: async (label) => {
      try {
        const parsed = CachedSchema.safeParse(JSON.parse(await readFile(file(label), 'utf8')));
        return parsed.success ? parsed.data : undefined;
      } catch {
        return undefined;
      }
    },
    write: (label, prices) => writeAtomically(file(label), JSON.stringify(prices)).catch(() => undefined),
  };
}
