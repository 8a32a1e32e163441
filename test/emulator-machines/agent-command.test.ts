import { describe, expect, it } from 'vitest';
import { parseAgentCommand } from '../../src/emulator/machines/agent-command.ts';

const SERVE = 'serve --container build --port 22023 --keys /k --run /r --max-lifetime 3600 --abandon-after 900';
const parse = (words: string) => parseAgentCommand(['/opt/eci-agent', ...words.split(' ')]);

describe("the agent's command", () => {
  it('is install', () => {
    expect(parse('install --dest /d --keys /a:/b --keys /c:/d')).toEqual({
      kind: 'install',
      dest: '/d',
      keys: [
        { from: '/a', to: '/b' },
        { from: '/c', to: '/d' },
      ],
    });
  });

  it('is serve', () => {
    expect(parse(SERVE)).toEqual({
      kind: 'serve',
      container: 'build',
      port: 22023,
      keys: '/k',
      run: '/r',
      maxLifetime: 3600,
      abandonAfter: 900,
    });
  });

  it.each([
    ['dance', /no command "dance"/],
    ['install --keys /a:/b', /--dest/],
    ['install --dest /d --keys /a', /FROM:TO/],
    [SERVE.replace('--run /r ', ''), /--run/],
    [SERVE.replace('22023', '99999'), /--port/],
    [SERVE.replace('3600', 'long'), /--max-lifetime/],
    [`${SERVE} --verbose`, /verbose/],
  ])('is not %s', (words, sentence) => {
    expect(() => parse(words)).toThrow(sentence);
  });

  it('is nothing else', () => {
    expect(() => parseAgentCommand(['/bin/sh', '-c', 'true'])).toThrow(/the agent only/);
    expect(() => parseAgentCommand([])).toThrow(/the agent only/);
  });
});
