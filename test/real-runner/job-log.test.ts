import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { JobFields } from '../standin/job.ts';
import { plainText } from '../support/world.ts';
import { SUCCESS } from './cases/case.ts';
import { comparableLog } from './comparable-log.ts';
import { describeReal, ownWorld, runOwn } from './own-job.ts';

const STAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z ([0-9a-f]{2}[OE])([ +])(.*)$/s;

/** Lines in every way in which they come: at once, in pieces, as progress, long, on stderr. */
const LINES: JobFields = {
  script: [
    'echo "at once"',
    'printf "in "; sleep 0.3; printf "pieces\\n"',
    'for each in 1 2 3; do printf "\\rprogress $each"; sleep 0.2; done; echo',
    `head -c 20000 /dev/zero | tr '\\0' y; echo`,
    'echo "on stderr" >&2',
    'printf "without an end"',
  ],
  afterScript: ['echo "after"'],
};

/** Where our own lines are of all kinds: of a start in the second place, and of one that fails, with what to do. */
const STARTS: readonly (readonly [string, string])[] = [
  ['that starts in its second place', '[[stock]]\nzone = "cn-beijing-h"\nanswers = ["no-stock"]'],
  ['whose image is not there', '[[image]]\nname = "alpine:3.20"\npull = "not-found"'],
];

/** What is compared: the runner itself puts a line's end around the end of a section with timestamps only, and names flags that are not as usual. */
async function linesOf(scenario: string, timestamps: boolean): Promise<string> {
  const world = await ownWorld({ scenario });
  const { log } = await runOwn(world, LINES, { timestamps });
  return (
    comparableLog(timestamps ? Buffer.from(withoutStamps(log)) : log, world)
      .replace(/^.* feature flags: .*\n/m, '')
      // eslint-disable-next-line no-control-regex
      .replace(/\n?(section_end:TIME:\w+)\r\x1b\[0K\n?/g, '\n$1\n')
  );
}

/** The log as GitLab shows it: a line that is marked with `+` goes on with the line before it on the same stream. */
function withoutStamps(log: Buffer): string {
  const lines: { readonly stream: string; text: string }[] = [];
  for (const line of log.toString('utf8').replace(/\n$/, '').split('\n')) {
    const [, stream = '', mark, text = ''] = STAMP.exec(line) ?? [];
    expect(line).toMatch(STAMP);
    const before = mark === '+' ? lines.findLast((each) => each.stream === stream) : undefined;
    if (before) before.text += text;
    else lines.push({ stream, text });
  }
  return lines.map(({ text }) => `${text}\n`).join('');
}

describeReal('a job log on the real runner', () => {
  it.each(STARTS)('of a job %s is with timestamps what it is without, line by line', async (_name, scenario) => {
    expect(await linesOf(scenario, true)).toBe(await linesOf(scenario, false));
  });

  it('with timestamps tells once and in whole lines how a group starts', async () => {
    const world = await ownWorld({ scenario: '[[image]]\nname = "alpine:3.20"\npull_seconds = 1' });
    const { log } = await runOwn(world, {}, { timestamps: true });
    const text = plainText(Buffer.from(withoutStamps(log)));
    const lines = /^Starting eci-[^]*^eci-.+$/m.exec(text)?.[0].split('\n') ?? [];
    expect(lines[0]).toMatch(/^Starting eci-emu[0-9a-f]+$/);
    expect(lines).toContain('  pulling images, starting containers');
    expect(lines.at(-1)).toMatch(/^eci-emu[0-9a-f]+ in cn-beijing-h, .*, ready \S+ s$/);
    expect(lines).toEqual([...new Set(lines)]);
  });

  it('that exceeds output_limit says so and ends there, while the job goes on', async () => {
    const world = await ownWorld();
    const end = join(world.folder, 'end');
    const job = await runOwn(
      world,
      { script: ['seq 1 100000', `touch ${end}`] },
      { runnerSettings: 'output_limit = 4' },
    );
    expect(job).toMatchObject(SUCCESS);
    expect(job.log.byteLength).toBeGreaterThan(4096);
    expect(job.log.byteLength).toBeLessThan(8192);
    expect(job.text).toMatch(/^Job's log exceeded limit of 4096 bytes\.$/m);
    await access(end);
  });

  it('in which nothing comes for half a minute goes on', async () => {
    const job = await runOwn(await ownWorld(), { script: ['sleep 35', 'echo "still here"'] });
    expect(job).toMatchObject(SUCCESS);
    expect(job.text).toMatch(/^still here$/m);
  });

  it.each(['FF_USE_LEGACY_BASH_EVAL', 'FF_POSIXLY_CORRECT_ESCAPES', 'FF_SCRIPT_SECTIONS', 'FF_ENABLE_JOB_CLEANUP'])(
    'of a job with %s holds what it prints',
    async (flag) => {
      const job = await runOwn(await ownWorld(), { ...LINES, variables: { [flag]: 'true' } });
      expect(job).toMatchObject(SUCCESS);
      for (const line of [/^at once$/m, /^in pieces$/m, /\rprogress 3$/m, /^y{20000}$/m, /^on stderr$/m, /^after$/m]) {
        expect(job.text).toMatch(line);
      }
    },
  );
});
