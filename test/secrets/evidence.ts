import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { RecordedCall } from '../../src/emulator/report.ts';
import { variablesIn } from '../../src/runner/expand.ts';
import type { JobPayload } from '../standin/payload.ts';
import { findSecrets, type Leak } from './encodings.ts';

/** Something that may stand nowhere. */
export interface Secret {
  readonly value: string;
  /** Names of parameters of the create call in which it travels on purpose. */
  readonly sentIn?: RegExp;
  /** Scripts may print it: neither the job nor the runner keeps it from the job log. */
  readonly mayBePrinted?: boolean;
  /** Stands in the environment of the runner itself, which the operator's own programs share. */
  readonly ofOperator?: boolean;
}

/** Where scripts have their say. */
const JOB_LOG = 'the job log';
const CHILDREN = 'the environment of a child';

const SENT_LOGINS = /^ImageRegistryCredential\.\d+\.Password$/;
const SENT_FILES = /^Volume\.\d+\.ConfigFileVolume\.ConfigFileToPath\.\d+\.Content$/;
/** What a service's own `variables`, `entrypoint` and `command` name. */
const SENT_TO_SERVICES = /^Container\.\d+\.(EnvironmentVar\.\d+\.Value|Command\.\d+|Arg\.\d+)$/;

const namesVariable = (services: JobPayload['services'], key: string): boolean =>
  services.some(({ variables = [], entrypoint = [], command = [] }) =>
    [...variables.map(({ value }) => value), ...entrypoint, ...command].some((text) => variablesIn(text).includes(key)),
  );

/** Of OpenSSH's form of an ed25519 key, the digits that nothing but the private part decides (OpenSSH: PROTOCOL.key). */
const privatePart = (key: string): string => key.replace(/-----.*?-----|\s/g, '').slice(216, 256);

/** What happened in a test: what was secret, and everything that came out. */
export class Evidence {
  private readonly secrets = new Map<string, Secret>();
  private readonly outputs = new Map<string, Buffer[]>();

  plant(name: string, secret: Secret): void {
    this.secrets.set(name, secret);
  }

  /** Everything of a job that GitLab keeps from people. */
  plantJob(job: JobPayload): void {
    this.plant(`the token of job ${job.id}`, { value: job.token });
    const named = (key: string) => (namesVariable(job.services, key) ? { sentIn: SENT_TO_SERVICES } : {});
    for (const { key, value, masked, public: isPublic } of job.variables) {
      if (masked) this.plant(`the masked variable ${key}`, { value, ...named(key) });
      else if (!isPublic) this.plant(`the variable ${key}`, { value, ...named(key), mayBePrinted: true });
    }
    for (const { url, password } of job.credentials)
      this.plant(`the login for ${url}`, { value: password, sentIn: SENT_LOGINS });
    const ofServices = job.services.flatMap((service) => service.variables ?? []);
    for (const { key, value } of ofServices.filter((each) => !each.public))
      this.plant(`the variable ${key} of a service`, { value, sentIn: SENT_TO_SERVICES, mayBePrinted: true });
  }

  /** A password of a registry. */
  plantLogin(name: string, value: string): void {
    this.plant(name, { value, sentIn: SENT_LOGINS });
  }

  /** The keys in the record of a job that runs. */
  plantClientKey(key: string): void {
    this.plant("the client's private key", { value: privatePart(key) });
  }

  /** What the settings want to have in a file of the group. */
  plantFile(name: string, value: string): void {
    this.plant(name, { value, sentIn: SENT_FILES });
  }

  add(where: string, output: Uint8Array | string): void {
    const known = this.outputs.get(where) ?? [];
    known.push(Buffer.from(output));
    this.outputs.set(where, known);
  }

  addJobLog(output: Uint8Array): void {
    this.add(JOB_LOG, output);
  }

  /** Of a process that the driver has started. */
  addChildEnvironment(output: Uint8Array): void {
    this.add(CHILDREN, output);
  }

  /** Names of files, and what is in them. @param except paths of the folder that may hold secrets. */
  async addFolder(where: string, folder: string, except = /^$/): Promise<void> {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
    for (const entry of entries) {
      const path = join(entry.parentPath, entry.name);
      const name = relative(folder, path);
      this.add(`names in ${where}`, `${name}\n`);
      if (entry.isFile() && !except.test(name)) this.add(`${name} in ${where}`, await readFile(path));
    }
  }

  addRequests(requests: readonly RecordedCall[]): void {
    for (const { action, parameters } of requests)
      for (const [name, value] of Object.entries(parameters)) this.add(`${name} of ${action}`, `${name}=${value}\n`);
  }

  leaks(): readonly Leak[] {
    return [...this.outputs].flatMap(([where, chunks]) => {
      const output = Buffer.concat(chunks);
      const parameter = / of CreateContainerGroup$/.test(where) ? (where.split(' ')[0] ?? '') : '';
      const isAllowed = ({ sentIn, mayBePrinted = false, ofOperator = false }: Secret): boolean =>
        sentIn?.test(parameter) === true || (mayBePrinted && where === JOB_LOG) || (ofOperator && where === CHILDREN);
      const forbidden = [...this.secrets].filter(([, secret]) => !isAllowed(secret));
      return findSecrets(output, new Map(forbidden.map(([name, { value }]) => [name, value])), where);
    });
  }
}

/** For people: one line a leak. */
export const leakText = (leaks: readonly Leak[]): string =>
  leaks.map(({ secret, as, where }) => `${secret} stands ${as} in ${where}`).join('\n');
