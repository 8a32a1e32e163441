import { runDriver } from '../support/bundle.ts';
import type { World } from '../support/world.ts';
import type { Scene } from './row.ts';

/** What runs of a job at this moment. */
export interface Present {
  /** The driver's process that was started last; 0 before the first one. */
  driver: number;
  /** Undefined when the runner is no process of its own. */
  killRunner: (() => void) | undefined;
}

/** @returns the scene, and what ends changes of connections that are to come. */
export function sceneOf(world: World, present: Present): Scene & { readonly over: () => void } {
  const { emulator } = world;
  let goingOn: NodeJS.Timeout | undefined;
  const group = (): string => emulator.report().groups.left.at(-1)?.id ?? 'none';
  const connections: Scene['connections'] = (mode, seconds = 0) => {
    clearTimeout(goingOn);
    return emulator.connections(group(), { mode, seconds });
  };
  return {
    world,
    emulator,
    group,
    connections,
    connectionsFor: (milliseconds, mode, seconds) => {
      const worked = connections(mode, seconds);
      goingOn = setTimeout(() => emulator.connections(group(), { mode: 'normal', seconds: 0 }), milliseconds);
      return worked;
    },
    signalDriver: (signal) => isAlive(present.driver) && process.kill(present.driver, signal),
    killRunner: () => {
      present.killRunner?.();
      return present.killRunner !== undefined;
    },
    collect: async () => {
      const args = ['gc', '--config', world.settingsFile, '--grace', '0'];
      return (await runDriver(args, world.environment)).code === 0;
    },
    over: () => clearTimeout(goingOn),
  };
}

export function isAlive(pid: number): boolean {
  try {
    return pid > 0 && process.kill(pid, 0);
  } catch {
    return false;
  }
}
