import { EciError, type WireParameters } from '../eci/container-groups.ts';
import { attemptTags, TAG } from '../group/tags.ts';
import type { PlacementPorts } from './ports.ts';

/** Milliseconds during which a group may turn up that no answer told us about. */
const LOOK_UP_TIME = 30_000;
const LOOK_UP_INTERVAL = 3000;

/**
 * One create call, frozen: a repetition sends the same bytes and the same token. After an answer that leaves it open whether a group was
 * made, the group is looked for by its tags before "nothing was created" is believed.
 * @returns the group's id.
 * @throws EciError when nothing was created.
 */
export async function createGroup(request: WireParameters, tryNumber: number, ports: PlacementPorts): Promise<string> {
  const { groups, clock, attempt, signal } = ports;
  try {
    return await groups.create(request, `${attempt}-${tryNumber}`, signal);
  } catch (error) {
    // Whoever stops us deletes what may have been made: the record's entry stays open.
    if (!(error instanceof EciError && error.ambiguous) || signal.aborted) throw error;
    const tags = { ...attemptTags(attempt), [TAG.try]: String(tryNumber) };
    const deadline = clock.now() + LOOK_UP_TIME;
    while (clock.now() < deadline) {
      const [found] = await groups.findByTags(tags, signal).catch(() => []);
      if (found) return found.id;
      await clock.sleep(LOOK_UP_INTERVAL, signal);
    }
    throw error;
  }
}
