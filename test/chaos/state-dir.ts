import { join } from 'node:path';
import type { World } from '../support/world.ts';

/** The driver's own folder. */
export const stateDir = ({ folder }: Pick<World, 'folder'>): string => join(folder, 'state');
