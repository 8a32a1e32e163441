import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { noteLoss } from '../../src/state/state-folder.ts';
import { runDriver } from '../support/bundle.ts';
import { MINIMAL } from '../support/settings.ts';

/** Words that stand in one part of the driver only. */
const PARTS = {
  settings: /The settings file /,
  ssh: /Timed out while waiting for handshake/,
  placement: /What was tried:/,
  sdk: /2018-08-08/,
  'command line': /every job on its own Alibaba Cloud/,
};

/** Node loads it before the driver. It writes down every text that the driver compiles. */
const WRITES_TEXTS = `
const vm = require('node:vm');
const { appendFileSync } = require('node:fs');
vm.Script = class extends vm.Script {
  constructor(text, options) {
    super(text, options);
    appendFileSync(process.env.LOADED, text);
  }
};`;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'loaded-'));
  await writeFile(join(folder, 'preload.cjs'), WRITES_TEXTS);
  await writeFile(join(folder, 'config.toml'), `state_dir = "${folder}"\n${MINIMAL}`);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** @returns the parts that a call has loaded. */
async function partsOf(args: readonly string[], env: Record<string, string> = {}): Promise<string[]> {
  const loaded = join(folder, 'loaded');
  await writeFile(loaded, '');
  await runDriver(args, { ...env, LOADED: loaded, NODE_OPTIONS: `--require ${join(folder, 'preload.cjs')}` });
  const texts = await readFile(loaded, 'utf8');
  return Object.entries(PARTS)
    .filter(([, words]) => words.test(texts))
    .map(([part]) => part);
}

describe('a call loads no part of the driver that it has no use for:', () => {
  it('config reads settings', async () => {
    expect(await partsOf(['config', '--config', join(folder, 'config.toml')])).toEqual(['settings']);
  });

  it('run speaks SSH, and has all else from the record', async () => {
    const recordFile = join(folder, 'jobs', 'a.json');
    await mkdir(join(folder, 'jobs'));
    await writeFile(recordFile, JSON.stringify(RECORD));
    await noteLoss(recordFile, 'gone');
    const env = { GITLAB_ECI_EXECUTOR_RECORD: recordFile };
    expect(await partsOf(['run', '/no/such/script', 'build_script'], env)).toEqual(['ssh']);
  });

  it('prepare places groups, and asks no cloud before it knows the job', async () => {
    const call = ['prepare', '--config', join(folder, 'config.toml')];
    expect(await partsOf(call)).toEqual(['settings', 'ssh', 'placement']);
  });

  it('what people type needs the library for command lines', async () => {
    expect(await partsOf(['--help'])).toEqual(['command line']);
  });
});

/** Of a job whose group is gone: run ends before it connects. */
const RECORD = {
  version: 1,
  attempt: 'a',
  job: { id: 1, projectId: 2, gitlabHost: 'h' },
  host: 'h',
  caller: { bootId: 'b', pidNamespace: '1', mountNamespace: '1', pid: 1, startTime: '1' },
  cloud: { region: 'cn-beijing', endpoint: '127.0.0.1:9', protocol: 'http', signature: 'v2', parameters: 'body' },
  creates: [],
  machine: {
    groupId: 'eci-1',
    zone: 'z',
    address: '127.0.0.1',
    ports: { helper: 9, build: 9 },
    hostKeys: { helper: 'ssh-ed25519 AAAA', build: 'ssh-ed25519 AAAA' },
    clientKey: 'none',
  },
  limits: { reconnectTimeout: 1, abandonAfter: 60, cleanupTimeout: 60 },
  log: { file: '/dev/null', level: 'error' },
};
