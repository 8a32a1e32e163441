import { setTimeout as sleep } from 'node:timers/promises';
import { hashOf } from '../chaos/script.ts';
import type { LineCondition } from '../../src/emulator/machine.ts';
import { startWorld, type World } from '../support/world.ts';
import { print, rounded } from './table.ts';

const SECONDS = 600;
const CUTS = 30;
/** Seconds; longer than the keepalive of the settings' defaults takes to notice. */
const STALL = 60;
/** The cuts after which no byte passes for a while. */
const STALLS_BEHIND = [10, 20];
/** From one cut to the next, so that all of them, and the stalls, fit into the script. */
const PAUSE = (SECONDS - STALLS_BEHIND.length * STALL) / (CUTS + 2);

/** Random lines, which it hashes itself: one command, of which the runner shows nothing in between. */
const SCRIPT = [
  `copy=$(mktemp); end=$(($(date +%s) + ${SECONDS})); echo begin-$((1+1))`,
  'while [ $(date +%s) -lt $end ]; do head -c 3000 /dev/urandom | base64 | tee -a $copy; sleep 0.1; done',
  'echo end-$((1+1)) $(sha256sum < $copy | cut -c1-64); rm $copy',
].join('\n');

/** A job of ten minutes whose connections are cut thirty times, and twice say nothing for a minute: its log against what its script says that it wrote. */
export async function cuts(): Promise<void> {
  const world = await startWorld({ machines: 'processes' });
  try {
    let [lastAt, longest, cutting] = [0, 0, Promise.resolve()];
    const { done } = world.start(
      { image: 'alpine:3.20', script: [SCRIPT], timeoutSeconds: 2 * SECONDS },
      {
        settings: { outputLimitBytes: 2 ** 30 },
        onLog: (chunk) => {
          if (lastAt === 0 && chunk.includes('begin-2')) [lastAt, cutting] = [Date.now(), disturb(world)];
          if (lastAt === 0) return;
          longest = Math.max(longest, Date.now() - lastAt);
          lastAt = Date.now();
        },
      },
    );
    const { state, log } = await done;
    await cutting;
    const text = log.toString('latin1');
    const [, written = '', hash = ''] = /begin-2\n([A-Za-z0-9+/=\n]*)end-2 ([0-9a-f]{64})\n/.exec(text) ?? [];
    const isSame = hash !== '' && hashOf(Buffer.from(written, 'latin1')) === hash;
    print(
      `a job of ${SECONDS} s, ${CUTS} cuts, ${STALLS_BEHIND.length} stalls of ${STALL} s: ${state}; ${rounded(written.length / 2 ** 20)} MiB of log, ${
        isSame ? "its hash is the script's own" : "its hash is NOT the script's own"
      }; the longest time without a byte: ${rounded(longest / 1000)} s\n`,
    );
    if (!isSame || state !== 'success') throw new Error('the log is not what the script wrote');
  } finally {
    await world.stop();
  }
}

async function disturb({ emulator }: World): Promise<void> {
  const set = (mode: LineCondition['mode']): void => {
    const [group] = emulator.report().groups.left;
    if (!group || !emulator.connections(group.id, { mode, seconds: 0 })) throw new Error('there is nothing to cut');
  };
  for (let cut = 1; cut <= CUTS; cut++) {
    await sleep(PAUSE * 1000);
    set('reset');
    if (!STALLS_BEHIND.includes(cut)) continue;
    await sleep(PAUSE * 500);
    set('stall');
    await sleep(STALL * 1000);
    set('normal');
  }
}
