import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../src/commands/index.ts';
import { parseDuration } from '../../src/settings/duration.ts';
import { read } from './pages.ts';

const NAME = 'gitlab-eci-executor-gc';
const service = await read(`config/${NAME}.service`);
const timer = await read(`config/${NAME}.timer`);
const readme = await read('README.md');

/** Sections of a unit file with their keys (man 5 systemd.syntax). @throws when a line is none. */
function parseUnit(text: string): Readonly<Record<string, Readonly<Record<string, string>>>> {
  const sections: Record<string, Record<string, string>> = {};
  let section: Record<string, string> | undefined;
  for (const line of text.split('\n').filter((each) => each !== '' && !each.startsWith('#'))) {
    const [, name] = /^\[(\w+)\]$/.exec(line) ?? [];
    const [, key = '', value = ''] = /^(\w+)=(.+)$/.exec(line) ?? [];
    if (name !== undefined) section = sections[name] = {};
    else if (key !== '' && section !== undefined) section[key] = value;
    else throw new Error(`no line of a unit file: ${line}`);
  }
  return sections;
}

const seconds = (text = ''): number | undefined => parseDuration(text.replace(/min$/, 'm'));
const hasSystemd = spawnSync('systemd-analyze', ['--version']).status === 0;

describe('the units for the collector', () => {
  it('run a command that there is, once and without an end of their own that comes before its work is done', () => {
    const { Service } = parseUnit(service);
    const [program, command, ...rest] = Service?.ExecStart?.split(' ') ?? [];
    expect(program).toBe('/usr/local/bin/gitlab-eci-executor');
    expect(COMMANDS.map(({ name }) => name)).toContain(command);
    expect(rest).toEqual([]);
    expect(Service?.Type).toBe('oneshot');
    // A hundred deletions that get no answer, five at a time, 20 s each.
    expect(seconds(Service?.TimeoutStartSec)).toBeGreaterThanOrEqual(300);
  });

  it('hide neither the runner nor its folders from the collector', () => {
    const hiding = /^(Private|Protect|Dynamic|RootDirectory|Temporary|Inaccessible|BindPaths)/;
    expect(Object.keys(parseUnit(service).Service ?? {}).filter((key) => hiding.test(key))).toEqual([]);
  });

  it('start it as often as the README says, from the boot on', () => {
    const { Timer, Install } = parseUnit(timer);
    expect(seconds(Timer?.OnUnitActiveSec)).toBe(300);
    expect(seconds(Timer?.OnBootSec)).toBeGreaterThan(0);
    expect(Install?.WantedBy).toBe('timers.target');
    expect(readme).toMatch(
      new RegExp(`config/${NAME}\\.timer\\)[^.]*\\(config/${NAME}\\.service\\)\\s+run[^.]*every five`),
    );
  });

  it.skipIf(!hasSystemd)('are fine to systemd', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'units-'));
    try {
      // Here is neither the program nor the user.
      const here = service
        .replace('/usr/local/bin/gitlab-eci-executor', '/bin/true')
        .replace(/^User=.*$/m, 'User=root');
      await writeFile(join(folder, `${NAME}.service`), here);
      await writeFile(join(folder, `${NAME}.timer`), timer);
      const files = [join(folder, `${NAME}.timer`), join(folder, `${NAME}.service`)];
      const { stderr } = await promisify(execFile)('systemd-analyze', ['verify', '--recursive-errors=no', ...files]);
      expect(stderr.split('\n').filter((line) => line.includes(NAME))).toEqual([]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
