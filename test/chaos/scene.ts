import { runCollector } from '../support/collector-calls.ts';
import { isAlive } from '../support/is-alive.ts';
import type { World } from '../support/world.ts';
import type { Scene } from './row.ts';

/** What runs of a job at this moment. */
export interface Present {
  /** The driver's process that was started last; 0 before the first one. */
  driver: number;
  /** Undefined when the runner is no process of its own. */
  killRunner: (() => void) | undefined;
}

/** @returns the scene, and what ends it: changes of connections that are to come, and the calls that faults could meet. */
export function sceneOf(world: World, present: Present): Scene & { readonly over: () => void } {
  const { emulator } = world;
  let goingOn: NodeJS.Timeout | undefined;
  let answered: number | undefined;
  const group = (): string => emulator.report().groups.left.at(-1)?.id ?? 'none';
  const connections: Scene['connections'] = (mode, seconds = 0) => {
    clearTimeout(goingOn);
    return emulator.connections(group(), { mode, seconds });
  };
  return {
    world,
    emulator,
    calls: () => emulator.requests().slice(0, answered),
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
    collect: async () => (await runCollector(world, ['--grace', '0'])).code === 0,
    over: () => {
      clearTimeout(goingOn);
      answered = emulator.requests().length;
    },
  };
}
