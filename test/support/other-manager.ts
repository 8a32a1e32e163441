import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { World } from './world.ts';

/**
 * The settings of a manager with another name, which is like the world's own in everything else.
 * @param state its state folder, below the world's folder; the world's own if not given.
 * @returns their file.
 */
export async function otherManager({ folder, settingsFile }: World, state = 'state'): Promise<string> {
  const file = join(folder, 'other.toml');
  const settings = await readFile(settingsFile, 'utf8');
  const changed = settings
    .replace(/^manager_id = .*$/m, 'manager_id = "other"')
    .replace(/^state_dir = .*$/m, `state_dir = "${join(folder, state)}"`);
  await writeFile(file, changed);
  return file;
}
