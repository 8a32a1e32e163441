import { describe, expect, it } from 'vitest';
import { JobLog } from './job-log.ts';
import { Masks } from './masking.ts';
import { renderForTerminal } from './render-for-terminal.ts';

function openLog(change: { phrases?: string[]; limitBytes?: number } = {}) {
  const live: Buffer[] = [];
  const log = new JobLog({
    masks: new Masks(change.phrases ?? [], ['acme-']),
    limitBytes: change.limitBytes ?? 1024,
    sections: true,
    onLog: (chunk) => live.push(chunk),
  });
  return { log, live: () => Buffer.concat(live).toString('utf8') };
}

const bytes = (text: string) => Buffer.from(text);

describe('the job log', () => {
  it('hides masked values and tokens, wherever a chunk ends', () => {
    const secret = 'sécret-42';
    const text = `a ${secret} b glcbt-64_abc=. c acme-XYZ! sécret-43 glcbt- ${secret}`;
    const hidden = 'a [MASKED] b glcbt-[MASKED] c acme-[MASKED]! sécret-43 glcbt- [MASKED]';
    const all = bytes(text);
    for (let cut = 0; cut <= all.byteLength; cut++) {
      const { log } = openLog({ phrases: [secret] });
      const stream = log.stream();
      stream.write(all.subarray(0, cut));
      stream.write(all.subarray(cut));
      stream.end();
      expect(log.close().toString('utf8'), `cut at ${cut}`).toBe(hidden);
    }
  });

  it('does not recognise a secret cut in two over two streams', () => {
    const { log } = openLog({ phrases: ['secret-42'] });
    const [stdout, stderr] = [log.stream(), log.stream()];
    stdout.write(bytes('secret'));
    stdout.end();
    stderr.write(bytes('-42'));
    stderr.end();
    expect(log.close().toString('utf8')).toBe('secret-42');
  });

  it('shows text without a line end at once', () => {
    const { log, live } = openLog();
    log.stream().write(bytes('50 %'));
    expect(live()).toBe('50 %');
  });

  it('keeps carriage returns and characters cut in two, and replaces what is no UTF-8', () => {
    const { log } = openLog();
    const stream = log.stream();
    for (const part of [[0x61, 0x0d, 0xe2], [0x82], [0xac, 0xff, 0xfe], [0x0d, 0x0a, 0xc3]])
      stream.write(Buffer.from(part));
    stream.end();
    expect(log.close().toString('utf8')).toBe('a\r€\ufffd\ufffd\r\n\ufffd');
  });

  it('says once that its limit is reached, never within a character, and swallows the rest', () => {
    const { log, live } = openLog({ limitBytes: 4 });
    log.stream().write(bytes('abc€'));
    log.println('more');
    const text = log.close().toString('utf8');
    expect(text).toMatch(/^abc\n.*Job's log exceeded limit of 4 bytes\.\n.*\n$/);
    expect(live()).toBe(text);
  });

  it('takes nothing after its end', () => {
    const { log, live } = openLog();
    log.close();
    log.stream().write(bytes('late'));
    log.infoln('late');
    expect(live()).toBe('');
  });

  it('is shown without markers, every section on a line of its own', async () => {
    const { log } = openLog();
    await log.section('a', () => {
      log.title('Title');
      log.stream().write(bytes('no line end'));
      return Promise.resolve();
    });
    log
      .stream()
      .write(
        bytes(
          'section_start:1795363189:eci_x[collapsed=true]\r\x1b[0KDetail\nx\nsection_end:1795363190:eci_x\r\x1b[0K',
        ),
      );
    log.infoln('Job succeeded');
    expect(renderForTerminal(log.close())).toBe(
      '\x1b[36;1mTitle\x1b[0;m\x1b[0;m\nno line end\nDetail\nx\n\x1b[32;1mJob succeeded\x1b[0;m\n',
    );
  });
});
