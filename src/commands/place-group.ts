import { findCapacity } from '../placement/find-capacity.ts';
import type { Placed } from '../placement/make-attempt.ts';
import { planAttempts } from '../placement/plan.ts';
import type { PlacementPorts } from '../placement/ports.ts';
import { presentPrices } from '../placement/prices.ts';
import type { Settings } from '../settings/schema.ts';
import { priceCache } from '../state/price-cache.ts';
import { zoneMemory } from '../state/zone-memory.ts';

/** Milliseconds: six tries of 32 s, their pauses, and the look-up by tags. */
const LONGEST_CREATE = 300_000;

/** A group that holds its place, found by the plan that present prices make. @throws DriverError when there is no capacity. */
export async function placeGroup(settings: Settings, ports: Omit<PlacementPorts, 'memory'>): Promise<Placed> {
  const { groups, clock, signal } = ports;
  const cache = priceCache(settings.state_dir, settings.region);
  const plan = planAttempts(settings, await presentPrices(settings, { groups, cache, clock, signal }));
  const memory = zoneMemory(settings.state_dir, {
    lasts: settings.zone_memory * 1000,
    longestProbe: settings.scheduling_timeout * 1000 + LONGEST_CREATE,
  });
  return findCapacity(plan, settings, { ...ports, memory });
}
