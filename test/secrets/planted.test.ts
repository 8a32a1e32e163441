import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { JobOptions } from '../standin/run-job.ts';
import type { WorldOptions } from '../support/world.ts';
import type { Leak } from './encodings.ts';
import { MARK } from './marks.ts';
import { type PlantedWorld, startPlantedWorld } from './planted-world.ts';
import { watchProcess } from './process-watch.ts';

let planted: PlantedWorld;
// What else came out is searched when the world ends.
afterEach(() => planted.world.stop());

async function run(options: WorldOptions = {}, more: Partial<JobOptions> = {}) {
  planted = await startPlantedWorld(options);
  const { world, job, environment } = planted;
  const watched: Promise<void>[] = [];
  const result = await world.run(job, {
    environment,
    ...more,
    onStage: (stage, pid) => {
      watched.push(watchProcess(pid, world.evidence));
      if (stage === 'prepare_script') watched.push(plantKeys(planted));
    },
  });
  await Promise.all(watched);
  await world.nothingLeft();
  return { result, log: world.text(result), leaks: world.evidence.leaks() };
}

/** From the record of the job that runs. */
async function plantKeys({ world }: PlantedWorld): Promise<void> {
  const folder = join(world.folder, 'state', 'jobs');
  const [name = ''] = await readdir(folder);
  const record = JSON.parse(await readFile(join(folder, name), 'utf8')) as { machine: { clientKey: string } };
  world.evidence.plantClientKey(record.machine.clientKey);
}

const NOTHING: readonly Leak[] = [];

describe('a job in which everything that can be secret is', () => {
  it('leaves none of it in any output', async () => {
    const { result, log, leaks } = await run();
    expect(leaks).toEqual(NOTHING);
    expect(log).toContain('\nit runs\n');
    expect(result.state).toBe('success');
    // All four logins were really sent.
    const [create] = planted.world.emulator.requests().filter(({ action }) => action === 'CreateContainerGroup');
    const sent = Object.keys(create?.parameters ?? {});
    expect(sent.filter((name) => /^ImageRegistryCredential\.\d+\.Password$/.test(name))).toHaveLength(4);
    expect(await planted.world.records()).toEqual([]);
  });
});

/** What goes wrong, and what the log or the driver's log says of it, so that each of these failures is the one that is meant. */
interface Failure {
  readonly what: string;
  readonly says: RegExp;
  readonly world?: WorldOptions;
  readonly environment?: Readonly<Record<string, string>>;
  readonly before?: (planted: PlantedWorld) => void | Promise<void>;
  /** A module that is loaded into each process of the driver. */
  readonly breaks?: string;
}

const IN_THE_FILE = (edit: (text: string, planted: PlantedWorld) => string) => async (given: PlantedWorld) => {
  const file = given.world.settingsFile;
  await writeFile(file, edit(await readFile(file, 'utf8'), given));
};
/** A message with everything in it that a bug could say. */
const EVERYTHING =
  'new TypeError(`it broke: ${JSON.stringify(process.env)} ${Object.values(process.env).join("\\n    at ")}`)';
const inCommand = (command: string, code: string): string => `if (process.argv[2] === '${command}') { ${code} }`;

/** Lets a function throw, the first time that a condition holds. */
const once = (object: string, name: string, condition: string): string =>
  `const object = ${object}, known = object.${name};
   object.${name} = function (...given) {
     if (!(${condition})) return known.apply(this, given);
     object.${name} = known;
     throw ${EVERYTHING};
   };`;

/** @param edit a call on the text of the job response. */
const inResponse = (edit: string): string =>
  `const fs = require('node:fs'), file = process.env.JOB_RESPONSE_FILE; fs.writeFileSync(file, fs.readFileSync(file, 'utf8')${edit});`;

const WRONG_KEY = `${MARK}and wrong /+=`;

const FAILURES: readonly Failure[] = [
  {
    what: "the access key's secret is wrong",
    says: /does not accept the credentials/,
    environment: { ALIBABA_CLOUD_ACCESS_KEY_SECRET: WRONG_KEY },
    before: ({ world }) => world.evidence.plant('the wrong key', { value: WRONG_KEY, ofOperator: true }),
  },
  {
    what: 'the STS token has expired',
    says: /InvalidSecurityToken\.Expired/,
    before: ({ world }) => world.emulator.replaceSecurityToken('another'),
  },
  {
    what: 'nobody listens at the endpoint',
    says: /connection failed \(ECONNREFUSED\)/,
    before: IN_THE_FILE((text) => text.replace(/^endpoint = .*$/m, 'endpoint = "127.0.0.1:9"')),
  },
  {
    what: 'the connection is reset',
    says: /\nit runs\n/,
    before: ({ world }) => world.emulator.fault({ action: 'CreateContainerGroup', fault: 'reset', times: 1 }),
  },
  {
    what: "a proxy's page comes in place of an answer",
    says: /\nit runs\n/,
    before: ({ world }) => world.emulator.fault({ action: 'CreateContainerGroup', fault: 'http-502-html', times: 1 }),
  },
  {
    what: 'secrets stand in the settings where they do not belong',
    says: /volumes\.config_file\[1\]\.files.* is not valid/,
    before: IN_THE_FILE((text, { values }) => {
      const secret = JSON.stringify(values['file of the settings']);
      return `imge = ${secret}\nmax_price = ${secret}\n${text}
[[services]]\nname = "a b"\nenvironment = [${secret}]\ncommand = ${secret}
[[volumes.config_file]]\nname = "x"\nmount_path = "/x"\nfiles = { a = [${secret}] }
[parameters]\nCpu = ${secret}\n[spot]\nstrategy = ${secret}`;
    }),
  },
  {
    what: 'the settings file ends in the middle of a secret',
    says: /line \d+, column \d+/,
    before: IN_THE_FILE(
      (text, { values }) => `${text}\nx = ${JSON.stringify(values['file of the settings']).slice(0, -1)}`,
    ),
  },
  {
    what: 'the job response ends in the middle of a secret',
    says: /cannot be read: it is not JSON/,
    breaks: inCommand('prepare', inResponse('.slice(0, 400)')),
  },
  {
    what: 'secrets stand in the job response where numbers belong',
    says: /missing or of another type: id/,
    breaks: inCommand('prepare', inResponse('.replace(/"id":\\d+/, `"id":"${process.env.CUSTOM_ENV_MASKED}"`)')),
  },
  {
    what: 'a credential helper prints its secret and fails',
    says: /docker-credential-planted has given no login/,
    before: ({ world }) =>
      writeFile(
        join(world.folder, 'docker-credential-planted'),
        `#!/bin/sh\ncat '${world.folder}/helper-answer.json' | tee /dev/stderr; exit 3\n`,
      ),
  },
  {
    what: 'a password is wrong',
    says: /401 Unauthorized/,
    before: async ({ world, values }) => {
      const file = join(world.folder, '.docker', 'config.json');
      const auth = Buffer.from(`robot:${values['operators login']}x`).toString('base64');
      await writeFile(file, JSON.stringify({ auths: { 'private.example.com/file': { auth } } }));
    },
  },
  {
    what: 'prepare meets a bug that says everything',
    says: /"msg":"bug"/,
    breaks: inCommand('prepare', once('Array.prototype', 'toSorted', 'true')),
  },
  {
    what: 'a library throws everything that it knows',
    says: /\nit runs\n/,
    breaks: inCommand('prepare', once(`require('node:http')`, 'request', 'true')),
  },
  {
    what: 'a callback throws everything that it knows',
    says: /failed through a bug \(TypeError\)/,
    breaks: inCommand('run', `setTimeout(() => { throw ${EVERYTHING}; }, 1);`),
  },
  {
    what: 'a promise that nobody waits for is rejected with all that it knows',
    says: /failed through a bug \(TypeError\)/,
    breaks: inCommand('prepare', `setTimeout(() => void Promise.reject(${EVERYTHING}), 1);`),
  },
  {
    what: 'cleanup meets a bug that says everything',
    says: /may still be running/,
    breaks: inCommand('cleanup', once('Array.prototype', 'some', 'this[0]?.token !== undefined')),
  },
];

describe('a job full of secrets leaves none of them in any output', () => {
  it.each(FAILURES)('when $what', async ({ says, world: options, environment, before, breaks }) => {
    planted = await startPlantedWorld(options);
    const { world, job } = planted;
    await before?.(planted);
    const preload = join(world.folder, 'breaks.cjs');
    await writeFile(preload, breaks ?? '');
    const watched: Promise<void>[] = [];
    const running = world.start(job, {
      environment: { ...planted.environment, NODE_OPTIONS: `--require=${preload}`, ...environment },
      onStage: (_, pid) => watched.push(watchProcess(pid, world.evidence)),
      // Further attempts fail in the same way.
      onLog: (chunk) => chunk.includes('Preparation failed') && running.cancel(),
    });
    const result = await running.done;
    await Promise.all(watched);
    const driverLog = await readFile(join(world.folder, 'state', 'driver.log'), 'utf8').catch(() => '');
    expect(`${world.text(result)}${result.cleanupOutput}${driverLog}`).toMatch(says);
    await world.evidence.addFolder('the state folder', join(world.folder, 'state'), /^jobs\//);
    expect(world.evidence.leaks()).toEqual(NOTHING);
  });
});
