import { mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { dropOld, fileName, readJson, writeAtomically } from './files.ts';

/**
 * What the jobs of one host tell one another about groups in which scripts run, so that one question to ECI serves many of them. Only that nothing has
 * happened is told: whoever hears nothing, or has to know more, asks for himself.
 */
export interface SharedLooks {
  /** Lets the others know that somebody watches this group: to be said again within a minute and a half. */
  watch(groupId: string): Promise<void>;
  /** @returns when ECI was asked last, by any job, and said that nothing has happened to it, in milliseconds since the epoch; undefined when nobody knows. */
  lastFine(groupId: string): Promise<number | undefined>;
  /** The groups for one question: this one, and those watched ones that were asked for longest ago; 20 at most, as ECI takes. */
  askedTogether(groupId: string): Promise<readonly string[]>;
  /** @param at when ECI was asked, in milliseconds since the epoch. */
  tellFine(groupIds: readonly string[], at: number): Promise<void>;
  /** Nobody watches this group any more. */
  leave(groupId: string): Promise<void>;
}

/** Of one question (ECI: DescribeContainerGroups, `ContainerGroupIds`). */
const AT_ONCE = 20;

/** Milliseconds after which a group that nobody has named again is not watched any more: its process has died. */
const WATCHED = 90_000;

/** Milliseconds after which a file of such a group is removed. */
const KEPT = 3_600_000;

/**
 * Files in the state folder, two a group. Nothing depends on them: where they cannot be used every job asks for itself.
 * @param stateDir its folder `looks` is made when it is needed.
 * @param region groups are asked for by region.
 */
export function sharedLooks(stateDir: string, region: string): SharedLooks {
  const folder = join(stateDir, 'looks');
  const prefix = `${fileName(region)}_`;
  const watched = (groupId: string): string => `${prefix}${fileName(groupId)}.watched`;
  const fine = (groupId: string): string => `${prefix}${fileName(groupId)}.fine`;
  /** By the clock of the file system, which is not always this host's. 0 when there is no such file. */
  const writtenAt = (name: string): Promise<number> =>
    stat(join(folder, name)).then(
      ({ mtimeMs }) => mtimeMs,
      () => 0,
    );
  const others = async (groupId: string): Promise<readonly string[]> => {
    const now = await writtenAt(watched(groupId));
    const names = await readdir(folder).catch(() => []);
    const ids = names
      .filter((name) => name.startsWith(prefix) && name.endsWith('.watched') && name !== watched(groupId))
      .map((name) => name.slice(prefix.length, -'.watched'.length));
    const known = await Promise.all(
      ids.map(async (id) => ({ id, namedAt: await writtenAt(watched(id)), askedAt: await writtenAt(fine(id)) })),
    );
    return known
      .filter(({ namedAt }) => now - namedAt < WATCHED)
      .sort((a, b) => a.askedAt - b.askedAt)
      .map(({ id }) => id);
  };
  return {
    async watch(groupId) {
      try {
        await mkdir(folder, { recursive: true, mode: 0o700 });
        await writeFile(join(folder, watched(groupId)), '', { mode: 0o600 });
      } catch {
        // Nobody asks for this job then.
      }
    },
    async lastFine(groupId) {
      const at = await readJson(join(folder, fine(groupId)));
      return typeof at === 'number' ? at : undefined;
    },
    askedTogether: async (groupId) => [groupId, ...(await others(groupId))].slice(0, AT_ONCE),
    async tellFine(groupIds, at) {
      // Whoever has left meanwhile leaves nothing.
      const tell = async (id: string): Promise<void> => {
        if ((await writtenAt(watched(id))) > 0) await writeAtomically(join(folder, fine(id)), JSON.stringify(at));
      };
      await Promise.allSettled(groupIds.map(tell));
      await dropOld(folder, at - KEPT);
    },
    async leave(groupId) {
      const names = [watched(groupId), fine(groupId)];
      await Promise.allSettled(names.map((name) => rm(join(folder, name), { force: true })));
    },
  };
}
