import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { newId, runRequest } from '../conformance/run-request.ts';
import { dial, type Wire } from '../conformance/wire.ts';
import { builtAgent, noAgent } from './agent-program.ts';
import { noBoxes } from './box.ts';
import { type AgentStart, type RunningAgent, startAgent } from './running-agent.ts';

/** Values with which an ordinary program in Go would trace, crawl, or find no key exchange. */
const GO_VARIABLES = {
  GODEBUG: 'fips140=on,gctrace=1',
  GOGC: '1',
  GOMAXPROCS: '1',
  GOMEMLIMIT: '1MiB',
  GOTRACEBACK: 'crash',
};
/** More than a script may write there. */
const SMALL = 1024 * 1024;
const noBox = noBoxes();

describe('the agent in Go', () => {
  const program = builtAgent();
  const withAgent = async (
    start: AgentStart,
    skip: (condition: boolean, note?: string) => void,
    test: (wire: Wire, agent: RunningAgent) => Promise<void>,
  ): Promise<void> => {
    skip(noAgent !== undefined, noAgent);
    skip(start.box !== undefined && noBox !== undefined, noBox);
    const agent = await startAgent(program(), start);
    try {
      const wire = await dial(agent);
      await test(wire, agent);
      wire.close();
    } finally {
      await agent.close();
    }
  };
  const run = (wire: Wire, script: string, more?: object) => wire.ask('run', runRequest(newId(), script, more), script);

  it('gives a script the Go variables of its image, and is not moved by them', ({ skip }) =>
    withAgent({ env: { BEFORE: '1', ...GO_VARIABLES, AFTER: '=2\n' } }, skip, async (wire, agent) => {
      const { stdout } = await run(wire, 'cat /proc/$$/environ');
      const before = `PATH=${process.env.PATH ?? ''}\0BEFORE=1\0`;
      const own = Object.entries(GO_VARIABLES).map(([name, value]) => `${name}=${value}\0`);
      expect(stdout.toString()).toBe(`${before}${own.join('')}AFTER==2\n\0`);
      // Its start by the platform is Go's own; from then on GODEBUG=gctrace would write a line for each collection.
      const log = agent.log();
      expect((await run(wire, 'head -c 10000000 /dev/zero')).last).toMatchObject({ size: 10_000_000 });
      expect(agent.log()).toBe(log);
    }));

  it('works without /proc and /dev, whatever Go variables there are', ({ skip }) =>
    withAgent({ box: { proc: false, dev: false }, env: GO_VARIABLES }, skip, async (wire) => {
      const answer = await run(wire, 'read line || echo "nothing on stdin"; echo $GODEBUG; exit 5');
      expect(answer.stdout.toString()).toBe(`nothing on stdin\n${GO_VARIABLES.GODEBUG}\n`);
      expect(answer.last).toMatchObject({ end: 'exited', code: 5 });
    }));

  it('needs no home and no passwd entry, and leaves a read-only root as it is', ({ skip }) =>
    withAgent({ box: { proc: true, dev: true }, env: { HOME: '/no/such/home' } }, skip, async (wire) => {
      const answer = await run(wire, 'id -u; echo $HOME; test -e /etc/passwd || echo no passwd; touch /file || exit 3');
      expect(answer.stdout.toString()).toMatch(/^1000\n\/no\/such\/home\nno passwd\n/);
      expect(answer.last).toMatchObject({ end: 'exited', code: 3 });
    }));

  it('works as a user to whom no file of its volumes belongs', ({ skip }) => {
    skip(process.getuid?.() !== 0, 'needs root, which can become another user');
    return withAgent({ uid: 54321 }, skip, async (wire) => {
      expect((await run(wire, 'id -u')).stdout.toString()).toBe('54321\n');
    });
  });

  it('is PID 1 of its container, and has no zombies after orphans beside sessions', ({ skip }) =>
    withAgent({ box: { proc: true, dev: true } }, skip, async (wire) => {
      const orphans = 'i=0; while [ $i -lt 100 ]; do (sleep 0.05; exit 99) & i=$((i + 1)); done';
      const scripts = Array.from({ length: 20 }, (_, code) => `(${orphans}) > /dev/null 2>&1; exit ${code}`);
      const answers = await Promise.all(scripts.map((script) => run(wire, script)));
      expect(answers.map(({ last }) => last?.code)).toEqual(scripts.map((_, code) => code));
      const count =
        'sleep 0.5; n=0; for s in /proc/[0-9]*/stat; do read -r pid name state rest < $s && [ "$state" = Z ] && n=$((n + 1)); done; echo $n';
      expect((await run(wire, count)).stdout.toString()).toBe('0\n');
      expect((await run(wire, 'read -r pid name rest < /proc/1/stat; echo $name')).stdout.toString()).toBe(
        '(eci-agent)\n',
      );
    }));

  it('keeps its memory and its files from scripts of the same user', ({ skip }) =>
    withAgent({ box: { proc: true, dev: true } }, skip, async (wire) => {
      const answer = await run(
        wire,
        'for file in /proc/1/environ /proc/1/mem /proc/1/fd/*; do head -c 1 $file > /dev/null 2>&1 && echo $file; done; echo end',
      );
      expect(answer.stdout.toString()).toBe('end\n');
    }));

  it('offers scripts to the memory killer before itself', ({ skip }) =>
    withAgent({}, skip, async (wire, agent) => {
      // The agent can do it only once the script has begun.
      const begun = 'for i in $(seq 100); do [ "$(cat /proc/$$/oom_score_adj)" = 0 ] || break; sleep 0.1; done';
      const script = `${begun}; cat /proc/$$/oom_score_adj; sh -c 'cat /proc/$$/oom_score_adj'`;
      expect((await run(wire, script)).stdout.toString()).toBe('1000\n1000\n');
      const [own, parents] = await Promise.all(
        [agent.pid, 'self'].map((pid) => readFile(`/proc/${pid}/oom_score_adj`, 'utf8')),
      );
      expect(own).toBe(parents);
    }));

  it('sends what fitted when the disk is full, ends the script, and has room for the next one', ({ skip }) =>
    withAgent({ box: { proc: true, dev: true, runVolume: SMALL } }, skip, async (wire) => {
      const filling = await run(wire, 'head -c 3000000 /dev/zero; sleep 120');
      expect(filling.last).toMatchObject({ event: 'error', error: 'failed' });
      expect(filling.last?.message).toMatch(/no space left on device/);
      expect(filling.stdout.length).toBeGreaterThan(0);
      const next = await run(wire, 'head -c 100000 /dev/zero');
      expect(next.last).toMatchObject({ end: 'exited', code: 0, size: 100_000 });
    }));

  it('refuses a script that does not fit on the disk', ({ skip }) =>
    withAgent({ box: { proc: true, dev: true, runVolume: SMALL } }, skip, async (wire) => {
      const answer = await run(wire, `# ${'x'.repeat(2 * SMALL)}`);
      expect(answer.last).toMatchObject({ event: 'error', error: 'failed' });
      expect((await run(wire, 'echo ok')).stdout.toString()).toBe('ok\n');
    }));
});
