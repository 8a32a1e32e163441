import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { FAULTS } from './faults.ts';
import { isClean, judge, type Observed } from './judge.ts';
import { plan, type PlannedJob } from './plan.ts';
import { hashOf, linesIn, outputOf, textOf } from './script.ts';
import { tableOf, troubleOf } from './show.ts';
import { type Judged, tally, total } from './tally.ts';

const JOBS = plan({ seed: 3, faults: 200, jobs: 50, rows: FAULTS });

function jobWith(isIt: (job: PlannedJob) => boolean): PlannedJob {
  return JOBS.find(isIt) ?? expect.unreachable('the plan has no such job');
}
const WHOLE = jobWith(({ log, colour }) => log === 'whole' && colour === 'green');
const BEGINNING = jobWith(({ log }) => log === 'beginning');
const NOTHING = jobWith(({ log }) => log === 'nothing');

/** What becomes of a job when everything is as it should be. */
const asPlanned = (job: PlannedJob): Observed => ({
  colour: job.colour,
  log: Buffer.from(`Preparing\n${job.log === 'nothing' ? '' : outputOf(job.script).toString()}Job is over\n`),
  groupsLeft: [],
  faults: job.faults.map(() => ({ tookHold: true, noticed: undefined })),
});
const judged = (job: PlannedJob, change: Partial<Observed> = {}): Judged => {
  const observed = { ...asPlanned(job), ...change };
  return { job, observed, verdict: judge(job, observed) };
};
const verdictOn = (job: PlannedJob, change: Partial<Observed> = {}) => judged(job, change).verdict;

/** The log of a job, its script's output replaced. */
const logOf = (output: Buffer): Buffer => Buffer.concat([Buffer.from('Preparing\n'), output, Buffer.from('the end\n')]);

describe('the judge of a chaos run', () => {
  it.each([
    ['whole', WHOLE],
    ['beginning', BEGINNING],
    ['nothing', NOTHING],
  ])('has nothing to say of a job whose log is as planned: %s', (_, job) => {
    expect(isClean(verdictOn(job))).toBe(true);
  });

  it('finds a wrong colour', () => {
    const verdict = verdictOn(WHOLE, { colour: 'red 1' });
    expect(verdict.colour).toEqual({ expected: 'green', seen: 'red 1' });
    expect(isClean(verdict)).toBe(false);
  });

  it('finds a group that is left, and a fault that found nothing to hit', () => {
    expect(verdictOn(WHOLE, { groupsLeft: ['eci-1'] }).groupsLeft).toBe(1);
    const faults = WHOLE.faults.map((_, index) => ({ tookHold: index !== 1, noticed: undefined }));
    expect(verdictOn(WHOLE, { faults }).missed).toEqual([1]);
  });

  const output = outputOf(WHOLE.script);
  it.each([
    ['a last byte', output.subarray(0, -1), 1],
    ['everything', Buffer.alloc(0), output.length],
    ['a line in the middle', Buffer.concat([output.subarray(0, 5000), output.subarray(5100)]), output.length - 5000],
    ['nothing, but has lines twice', Buffer.concat([output, output.subarray(-200)]), 200],
  ])('counts what lacks or is wrong in a log that has lost %s', (_, came, lost) => {
    // From the first wrong byte on everything counts; chance may make some of them equal.
    const { bytesLost } = verdictOn(WHOLE, { log: logOf(came) });
    expect(bytesLost).toBeGreaterThan(0);
    expect(bytesLost).toBeLessThanOrEqual(lost + 200);
    expect(bytesLost).toBeGreaterThanOrEqual(lost - 200);
  });

  it('takes the beginning of a script that was ended, and nothing else', () => {
    const written = outputOf(BEGINNING.script);
    expect(verdictOn(BEGINNING, { log: logOf(written.subarray(0, 3210)) }).bytesLost).toBe(0);
    const wrong = Buffer.concat([written.subarray(0, 3000), written.subarray(3100, 4000)]);
    expect(verdictOn(BEGINNING, { log: logOf(wrong) }).bytesLost).toBeGreaterThan(0);
    expect(verdictOn(NOTHING, { log: logOf(outputOf(NOTHING.script)) }).bytesLost).toBeGreaterThan(0);
  });

  it("lets lines of the driver's stand between those of the script", () => {
    const at = output.indexOf('\n', 4000) + 1;
    const warning = Buffer.from('\x1b[0;33mWARNING: the instance goes in 3 minutes\x1b[0;m\n');
    expect(
      verdictOn(WHOLE, { log: logOf(Buffer.concat([output.subarray(0, at), warning, output.subarray(at)])) }),
    ).toEqual(verdictOn(WHOLE));
  });
});

describe('the table of a chaos run', () => {
  const bad = judged(WHOLE, { colour: 'red 1', groupsLeft: ['eci-1', 'eci-2'] });
  const all = [bad, judged(BEGINNING), judged(NOTHING)];

  it('counts what went wrong with a job for each kind of fault that it had, and once in all', () => {
    const row = WHOLE.faults[0]?.row ?? expect.unreachable();
    expect(tally(all, [row])).toMatchObject([{ fault: row.fault, wrongColours: 1, groupsLeft: 2, missed: 0 }]);
    const faults = all.flatMap(({ job }) => job.faults).length;
    expect(total(all)).toMatchObject({ times: faults, wrongColours: 1, bytesLost: 0, groupsLeft: 2 });
    expect(tableOf([total(all)])).toMatch(new RegExp(`^all +${faults} +0 +1 +0 +2 +-$`, 'm'));
  });

  it('keeps the longest time that somebody took to notice', () => {
    const row = WHOLE.faults[0]?.row ?? expect.unreachable();
    const noticing = (noticed: number): Judged =>
      judged(WHOLE, { faults: WHOLE.faults.map(() => ({ tookHold: true, noticed })) });
    expect(tally([noticing(300), noticing(4200), judged(WHOLE)], [row])[0]?.longestNotice).toBe(4200);
  });

  it('tells of a job what was wrong, and with which faults', () => {
    const text = troubleOf(bad);
    expect(text).toContain(`job ${WHOLE.number} is "red 1", not "green", has left 2 group(s)\n`);
    for (const { row } of WHOLE.faults) expect(text).toContain(row.fault);
  });
});

describe('the script of a chaos job', () => {
  it('writes what was known before it ran, and ends with its code', async () => {
    const script = { ...WHOLE.script, ticks: 3, exitCode: 7 };
    const end = await promisify(execFile)('/bin/sh', ['-c', textOf(script)]).catch(
      (error: Error & { code: number; stdout: string }) => error,
    );
    expect(end).toHaveProperty('code', 7);
    expect(hashOf(linesIn(Buffer.from(end.stdout), script.job))).toBe(hashOf(outputOf(script)));
  });

  it('does not end by itself when a fault has to end it', async () => {
    const script = { ...WHOLE.script, ticks: 5, hangsAt: 2 };
    const child = execFile('/bin/sh', ['-c', `exec 2>&1; ${textOf(script)}`]);
    let seen = '';
    child.stdout?.on('data', (chunk: string) => (seen += chunk));
    await expect.poll(() => seen.length, { timeout: 10_000 }).toBe(outputOf(script).length);
    expect([seen, child.exitCode]).toEqual([outputOf(script).toString(), null]);
    child.kill('SIGKILL');
  });
});
