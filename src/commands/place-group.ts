import { LONGEST_CREATE } from '../eci/container-groups.ts';
import { findCapacity } from '../placement/find-capacity.ts';
import type { Placed } from '../placement/make-attempt.ts';
import { nothingAffordable } from '../placement/nothing-affordable.ts';
import { planAttempts } from '../placement/plan.ts';
import type { PlacementPorts } from '../placement/ports.ts';
import { presentPrices } from '../placement/prices.ts';
import { reclaimedBefore } from '../placement/reclaimed-before.ts';
import type { Job } from '../runner/job.ts';
import { priceCache } from '../state/price-cache.ts';
import { zoneMemory } from '../state/zone-memory.ts';
import type { JobPlan } from './job-plan.ts';

/**
 * A group that holds its place, found by the plan that present prices make.
 * @throws DriverError when there is no capacity, or none that is cheap enough.
 */
export async function placeGroup(
  job: Job,
  { settings, unwished }: Pick<JobPlan, 'settings' | 'unwished'>,
  ports: Omit<PlacementPorts, 'memory' | 'random'>,
): Promise<Placed> {
  const { groups, clock, signal, log } = ports;
  const cache = priceCache(settings.state_dir, settings.region);
  const { strategy, avoid_after_reclaim } = settings.spot;
  const lost = avoid_after_reclaim && strategy !== 'NoSpot' ? await reclaimedBefore(job, ports) : undefined;
  if (lost !== undefined)
    await log.line(`An earlier try of this job has lost its spot instance ${lost}: on-demand comes first.`);
  const prices = await presentPrices(settings, { groups, cache, clock, signal });
  const plan = planAttempts(settings, prices, lost !== undefined);
  if (plan.choices.length === 0) throw nothingAffordable(plan, settings, unwished, prices);
  const memory = zoneMemory(settings.state_dir, {
    lasts: settings.zone_memory * 1000,
    longestProbe: settings.scheduling_timeout * 1000 + LONGEST_CREATE,
  });
  return findCapacity(plan, settings, { ...ports, memory, random: Math.random });
}
