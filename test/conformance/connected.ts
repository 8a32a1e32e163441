import { afterAll, beforeAll } from 'vitest';
import type { Answer, Call, CallOptions } from './call.ts';
import { eventually } from './eventually.ts';
import { newId, runRequest } from './run-request.ts';
import type { AgentTarget, StartTarget } from './target.ts';
import { dial, type Wire } from './wire.ts';

/** One agent and one connection for the tests of a file. */
export interface Connected {
  readonly target: AgentTarget;
  readonly wire: Wire;
  /** Runs a script under a new id to its end. */
  run(script: string | Uint8Array, more?: object): Promise<Answer>;
  /** Starts one and goes on. */
  start(id: string, script: string, more?: object, options?: CallOptions): Promise<Call>;
  /** Waits until a process of the container has ended. */
  vanished(pid: string): Promise<void>;
  isAlive(pid: string): Promise<boolean>;
}

/** Brings one up before the tests around this call, and takes it down after them. */
export function connected(startTarget: StartTarget): Connected {
  let target: AgentTarget | undefined;
  let wire: Wire | undefined;
  beforeAll(async () => {
    target = await startTarget();
    wire = await dial(target);
  });
  afterAll(async () => {
    wire?.close();
    await target?.close();
  });
  const present = <T>(value: T | undefined): T => {
    if (value === undefined) throw new Error('the agent did not come up');
    return value;
  };
  const start: Connected['start'] = (id, script, more, options) =>
    present(wire).send('run', runRequest(id, script, more), script, options);
  const isAlive: Connected['isAlive'] = async (pid) => {
    // A process that nobody has waited for yet has ended all the same.
    const script = `kill -0 ${pid} 2>/dev/null && ! grep -q '^State:.Z' /proc/${pid}/status 2>/dev/null`;
    const { status } = await present(wire).ask('exec', { argv: ['/bin/sh', '-c', script] });
    return status === 0;
  };
  return {
    get target() {
      return present(target);
    },
    get wire() {
      return present(wire);
    },
    run: async (script, more) => present(wire).ask('run', runRequest(newId(), script, more), script),
    start,
    isAlive,
    vanished: (pid) => eventually(`the end of process ${pid}`, async () => !(await isAlive(pid))),
  };
}
