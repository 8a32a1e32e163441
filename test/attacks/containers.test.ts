import { afterEach, describe, expect, it } from 'vitest';
import { dial } from '../conformance/wire.ts';
import { BUSYBOX_IMAGE } from '../support/image-names.ts';
import { runHarmful } from '../support/harmful-job.ts';
import { noDebian } from '../support/no-containers.ts';
import { prepareJob } from '../support/prepared-job.ts';
import { startWorld, type World } from '../support/world.ts';

const note = noDebian === undefined ? '' : ` (${noDebian})`;
/** Milliseconds for so many processes, on a machine that has other work as well. */
const PATIENCE = 300_000;

/** What the driver listens at, when the settings do not say it. */
const [HELPER_PORT, BUILD_PORT] = [22022, 22023];

let world: World;
afterEach(() => world.stop());

const attack = async (script: readonly string[], more: Parameters<typeof runHarmful>[2] = {}) => {
  world = await startWorld({ machines: 'containers' });
  return runHarmful(world, script, more);
};
describe.skipIf(noDebian !== undefined)(`the build container${note}`, () => {
  it("finds neither the helper's keys nor its log, in any place", async () => {
    const { state, text } = await attack([
      'ls /eci-executor /eci-executor/keys',
      'for place in keys-helper keys-source ../eci-executor/keys-build; do ls /eci-executor/$place || echo "none: $place"; done',
      'grep -rl helper /eci-executor/run /eci-executor/keys || echo "nothing of helper"',
      'ls /proc/[0-9]*/root/etc/debian_version 2>/dev/null | grep . || echo "no process of helper"',
      'mount | grep -c "eci-executor" ; mount | grep "eci-executor.*helper" || echo "no mount of helper"',
    ]);
    expect(state, text).toBe('success');
    expect(text).toContain('\nagent\nkeys\nrun\n');
    for (const place of ['keys-helper', 'keys-source', '../eci-executor/keys-build'])
      expect(text).toContain(`\nnone: ${place}\n`);
    expect(text).toContain('\nnothing of helper\n');
    expect(text).toContain('\nno process of helper\n');
    expect(text).toContain('\nno mount of helper\n');
  });

  it('cannot log in at the helper, or at itself, with anything that it can read', async () => {
    world = await startWorld({ machines: 'containers' });
    const job = await prepareJob(world);
    const { stdout } = await job.run('cat /eci-executor/keys/host_key');
    const stolen = stdout.toString('utf8');
    expect(stolen).toContain('PRIVATE KEY');
    const { address, ports, hostKeys } = (await job.record()).machine;
    for (const container of ['helper', 'build'] as const) {
      const endpoint = { address, port: ports[container], hostKey: hostKeys[container], clientKey: stolen };
      await expect(dial(endpoint)).rejects.toThrow(/authentication methods failed/);
    }
    await job.cleanup();
    await world.nothingLeft();
  });

  it('cannot listen in place of the helper, also on all addresses; with its own key it would be found out (ssh.test.ts)', async () => {
    const { state, text } = await attack([`timeout 2 nc -l -p ${HELPER_PORT} < /dev/null || echo "not here"`]);
    expect(state, text).toBe('success');
    expect(text).toContain('Address already in use\nnot here\n');
    expect(text).toContain('after success');
  });

  it(
    "disturbs the helper's agent neither with connections that say nothing nor with ones that say nonsense",
    async () => {
      const { state, text } = await attack([
        `listens=$(awk '$4 == "0A" { print $2 }' /proc/net/tcp | grep -i ':${HELPER_PORT.toString(16)}$' | head -n 1)`,
        `address=$(echo \${listens%:*} | sed 's/\\(..\\)\\(..\\)\\(..\\)\\(..\\)/0x\\4 0x\\3 0x\\2 0x\\1/')`,
        `host=$(printf '%d.%d.%d.%d' $address); echo "helper at $host"`,
        `for i in $(seq 200); do (sleep 600 | nc $host ${HELPER_PORT} > /dev/null 2>&1) & done`,
        // The agent ends each of them after 20 seconds, so on a slow machine they are never all there at once.
        'left=1000; until there=$(grep -c " $listens .* 01 " /proc/net/tcp); [ $there -ge 50 ] || [ $left -eq 0 ]; do left=$((left - 1)); sleep 0.1; done',
        'echo "connections: $there"',
        `for i in $(seq 50); do head -c 100000 /dev/urandom | nc -w 5 $host ${HELPER_PORT} > /dev/null 2>&1 & senders="$senders $!"; done`,
        'wait $senders || echo "refused"; echo attacked',
      ]);
      expect(text).toMatch(/\nhelper at 127\.\d+\.\d+\.\d+\n/);
      expect(Number(/\nconnections: (\d+)\n/.exec(text)?.[1]), text).toBeGreaterThanOrEqual(50);
      expect(text).toContain('\nattacked\n');
      expect(state, text).toBe('success');
      expect(text).toContain('after success');
    },
    PATIENCE,
  );

  it("finds no record of any job, and no file of the manager's", async () => {
    world = await startWorld({ machines: 'containers' });
    const other = await prepareJob(world);
    const { state, text } = await (async () => {
      const result = await world.run({
        image: BUSYBOX_IMAGE,
        script: [
          `cat ${other.recordFile} || echo "no record"`,
          `ls ${world.folder} || echo "no folder"`,
          'cat "$GITLAB_ECI_EXECUTOR_RECORD" "$JOB_RESPONSE_FILE" || echo "no names either"',
          'env | grep -c ALIBABA || echo "no credentials"',
        ],
      });
      return { ...result, text: world.text(result) };
    })();
    expect(state, text).toBe('success');
    for (const found of ['no record', 'no folder', 'no names either', 'no credentials'])
      expect(text).toContain(`\n${found}\n`);
    await other.cleanup();
    await world.nothingLeft();
  });
});

it.skipIf(noDebian !== undefined)('ports of helper and build are the ones that the tests attack', async () => {
  world = await startWorld({ machines: 'containers' });
  const job = await prepareJob(world);
  const { ports } = (await job.record()).machine;
  expect(ports).toEqual({ helper: HELPER_PORT, build: BUILD_PORT });
  await job.cleanup();
  await world.nothingLeft();
});
