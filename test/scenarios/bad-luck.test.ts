import { describe, expect, it } from 'vitest';
import { driverOf } from '../standin/run-job.ts';
import { DRIVER } from '../support/bundle.ts';
import { noDebian } from '../support/no-containers.ts';
import { defaultMachines } from '../support/world-images.ts';
import { startWorld } from '../support/world.ts';
import { ABOUT_MACHINES, BAD_LUCK } from './bad-luck/index.ts';
import { type BadLuck, IMAGE } from './bad-luck/row.ts';

/** API calls of a job, creates and deletes not counted, that nothing here may exceed. */
const MOST_CALLS = 120;

function expected(ending: BadLuck['ending']) {
  if (ending === 'job succeeds') return { state: 'success' };
  if (ending.startsWith('system')) return { state: 'failed', failureReason: 'runner_system_failure' };
  return { state: 'failed', failureReason: 'script_failure', exitCode: Number(/\d+/.exec(ending)?.[0]) };
}

/** A sentence in which `…` stands for anything within a line. */
const sentence = (text: string): RegExp =>
  new RegExp(
    text
      .split('…')
      .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
      .join('.*'),
  );

/** The driver, and something that is done to its prepare call just before. */
const interfering = (command: string, settings: string) =>
  driverOf(
    ['/bin/sh', '-c', `if [ "$2" = prepare ]; then ${command}; fi; exec "$0" "$@"`, process.execPath, DRIVER],
    ['--config', settings],
  );

/** On container machines only what concerns machines happens once more. */
const isOfMachines =
  (about: string) =>
  (row: BadLuck): boolean =>
    defaultMachines === 'processes' || (ABOUT_MACHINES.includes(about) && !row.agentLies);

async function meet(row: BadLuck): Promise<void> {
  const world = await startWorld(row.world);
  const { emulator } = world;
  try {
    await row.before?.(emulator, world);
    let told = false;
    const result = await world.run(
      { image: IMAGE, script: ['true'], ...row.job },
      {
        ...(row.beforePrepare === undefined ? {} : { driver: interfering(row.beforePrepare, world.settingsFile) }),
        environment: { ...world.environment, ...row.environment?.(world) },
        onLog: (chunk) => {
          if (told || !row.when || !chunk.includes(row.when.log)) return;
          told = true;
          row.when.then(emulator, emulator.report().groups.left.at(-1)?.id ?? '');
        },
      },
    );
    const log = world.text(result);
    expect(log).toMatch(sentence(row.reads));
    expect(result).toMatchObject(expected(row.ending));
    const stage =
      row.attempts.length > 0 && result.calls.some((call) => call.stage === 'prepare') ? 'prepare' : 'config';
    expect(
      result.calls.filter((call) => call.stage === stage).map((call) => call.exitCode),
      log,
    ).toEqual(row.attempts);

    await world.nothingLeft();
    expect(await world.records()).toEqual([]);
    const requests = emulator.requests();
    const creates = requests.filter((call) => call.action === 'CreateContainerGroup').length;
    if (!Number.isNaN(row.creates)) expect(creates).toBe(row.creates);
    if (row.calls) expect(row.calls(requests)).toBe(true);
    expect(emulator.report().groups.created).toBe(row.groups);
    expect(requests.filter((call) => call.action.startsWith('Describe')).length).toBeLessThan(MOST_CALLS);
    // Nothing secret in the log, whatever went wrong.
    expect(log).not.toContain(emulator.scenario.access_key_secret);
  } finally {
    await world.stop();
  }
}

describe.concurrent('bad luck', () => {
  for (const [about, rows] of Object.entries(BAD_LUCK)) {
    for (const row of rows.filter(isOfMachines(about)))
      it.skipIf(row.world?.machines === 'containers' && noDebian !== undefined)(
        `${about.toLowerCase()}: ${row.what}`,
        { timeout: 180_000 },
        () => meet(row),
      );
  }
});

const cell = (text: string): string => text.replaceAll('|', '\\|');

it('the table in docs/bad-luck.md is made from these rows', async () => {
  const tables = Object.entries(BAD_LUCK).map(([about, rows]) =>
    [
      `## ${about}`,
      '',
      '| what happened | what the job log says | for GitLab | tried again by |',
      '| --- | --- | --- | --- |',
      ...rows.map((row) => `| ${[row.what, row.reads, row.ending, row.retriedBy].map(cell).join(' | ')} |`),
    ].join('\n'),
  );
  const page = [
    '# Bad luck',
    '',
    'What goes wrong, what people read then, and who tries again. Every row is a test: a whole job through the built driver, on the emulator, in which this one thing happens',
    '(`test/scenarios/bad-luck/`; the page is made from it with `npx vitest run test/scenarios/bad-luck.test.ts --update`). After each of them no container group and no record is left.',
    '`…` stands for ids, numbers and what ECI itself says.',
    '',
    tables.join('\n\n'),
    '',
  ].join('\n');
  await expect(page).toMatchFileSnapshot('../../docs/bad-luck.md');
});
