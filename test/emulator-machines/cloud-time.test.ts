import { describe, expect, it } from 'vitest';
import { AdvanceableClock } from '../../src/emulator/advanceable-clock.ts';
import { processMachines } from '../../src/emulator/machines/process-machines.ts';
import { eventually } from '../conformance/eventually.ts';
import { newId, runRequest } from '../conformance/run-request.ts';
import { isAlive } from '../support/is-alive.ts';
import { bringUp, type MachineOptions, withRoot } from './running-machine.ts';

const STUBBORN = "trap '' TERM; echo $$; while :; do sleep 0.1; done";

/** A machine on a clock that the test advances, and a script that runs in it. */
async function busy(root: string, script: string, fields: MachineOptions = {}) {
  const clock = new AdvanceableClock();
  const running = await bringUp(root, { kind: processMachines({ root, clock }), ...fields });
  const call = await running.wire.send('run', runRequest(newId(), script, { kill_after: 600 }), script);
  await eventually('a process number', () => call.soFar().stdout.toString().includes('\n'));
  return { ...running, clock, pid: Number(call.soFar().stdout.toString().split('\n')[0]) };
}

describe('a machine on a clock that is advanced', () => {
  it('gets KILL when the grace has passed on that clock, and has ended when the clock goes on', () =>
    withRoot(async (root) => {
      const { clock, machine, pid } = await busy(root, STUBBORN);
      const start = clock.now();
      let endedAt = 0;
      const stopped = machine.stop(300).then(() => (endedAt = clock.now()));
      await clock.advance(299);
      expect(isAlive(pid)).toBe(true);
      await clock.advance(3600);
      await stopped;
      expect(Math.round((endedAt - start) / 1000)).toBe(300);
      expect(await machine.ended('build')).toMatchObject({ code: 137 });
      await eventually('the end of the script', () => !isAlive(pid));
    }));

  it('has ended a container that a test ends before any time passes', () =>
    withRoot(async (root) => {
      const { clock, machine } = await busy(root, STUBBORN);
      const start = clock.now();
      const ended = machine.ended('build').then(() => clock.now());
      machine.end?.('build', 42);
      await clock.advance(3600);
      expect(Math.round(((await ended) - start) / 1000)).toBe(0);
      await machine.stop(0);
    }));
});
