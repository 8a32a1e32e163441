import { describe, expect, it } from 'vitest';
import type { Output } from '../../src/context.ts';
import { DriverError } from '../../src/driver-error.ts';
import { failureText, jobLog } from '../../src/report/job-log.ts';
import { wholeLines } from '../../src/report/whole-lines.ts';
import { ManualClock } from '../support/manual-clock.ts';

function collected(): { output: Output; text: () => string } {
  const chunks: Buffer[] = [];
  return {
    output: {
      write: (bytes) => Promise.resolve(void chunks.push(Buffer.from(bytes))),
      closed: false,
    },
    text: () => Buffer.concat(chunks).toString('utf8'),
  };
}

describe('a section of the job log', () => {
  const seconds = (clock: ManualClock) => Math.trunc(clock.now() / 1000);

  it('has its title on the line of its marker, and ends at the start of a line', async () => {
    const { output, text } = collected();
    const clock = new ManualClock();
    const log = jobLog(output, clock, true);
    const now = seconds(clock);
    expect(await log.section('eci_x', 'Title', () => log.line('  detail').then(() => 7))).toBe(7);
    await log.line('below');
    expect(text()).toBe(`section_start:${now}:eci_x\r\x1b[0KTitle\n  detail\nsection_end:${now}:eci_x\r\x1b[0Kbelow\n`);
  });

  it('ends when what is inside fails, before the failure is told', async () => {
    const { output, text } = collected();
    const log = jobLog(output, new ManualClock(), true);
    await expect(log.section('eci_x', 'Title', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(text()).toMatch(/Title\nsection_end:\d+:eci_x\r\x1b\[0K$/); // eslint-disable-line no-control-regex
  });

  it('is a plain title where the GitLab of the job shows no sections', async () => {
    const { output, text } = collected();
    const log = jobLog(output, new ManualClock(), false);
    await log.section('eci_x', 'Title', () => log.line('  detail'));
    expect(text()).toBe('Title\n  detail\n');
  });
});

describe('a failure in the job log', () => {
  it('says what happened and what to do, in red, and then the details', () => {
    const failed = new DriverError('operator', 'It broke.', { hint: 'Mend it.', details: '  here\n  there' });
    expect(failureText(failed)).toBe(
      '\x1b[31;1mERROR: It broke.\x1b[0;m\n\x1b[31;1mMend it.\x1b[0;m\n  here\n  there\n',
    );
  });
});

describe('a line of ours below the output of a script', () => {
  it.each([
    ['that ended its last line', 'a\nb\n', 'a\nb\nOURS\n'],
    ['that did not', 'a\nb', 'a\nb\nOURS\n'],
    ['that wrote nothing', '', 'OURS\n'],
  ])('%s begins a line of its own', async (_what, script, expected) => {
    const { output, text } = collected();
    const lines = wholeLines(output);
    await lines.write(Buffer.from(script));
    await lines.writeBelow('OURS\n');
    expect(text()).toBe(expected);
  });
});

describe('lines of something else among the output of a script', () => {
  it('come at once where no line is open', async () => {
    const { output, text } = collected();
    const lines = wholeLines(output);
    await lines.write(Buffer.from('a\n'));
    await lines.writeBetween('X\n');
    await lines.write(Buffer.from('b\n'));
    expect(text()).toBe('a\nX\nb\n');
  });

  it.each([
    ['its bytes', (script: string) => Buffer.from(script)],
    ['its text', (script: string) => script],
  ])('wait for the end of a line that is open, and no byte of the script is lost (%s)', async (_what, of) => {
    const { output, text } = collected();
    const lines = wholeLines(output);
    let isTaken = false;
    await lines.write(of('progress 1'));
    const first = lines.writeBetween('X\n').then(() => (isTaken = true));
    const second = lines.writeBetween('Y\n');
    await lines.write(of('\rprogress 2'));
    expect(isTaken).toBe(false);
    await lines.write(of('\nb\nc'));
    await Promise.all([first, second]);
    await lines.write(of('d\n'));
    expect(text()).toBe('progress 1\rprogress 2\nb\nX\nY\ncd\n');
  });

  it('come below a line that never ends, when they are flushed', async () => {
    const { output, text } = collected();
    const lines = wholeLines(output);
    await lines.write(Buffer.from('a'));
    const waiting = lines.writeBetween('X\n');
    await lines.flush();
    await waiting;
    await lines.flush();
    expect(text()).toBe('a\nX\n');
  });
});
