import { randomBytes } from 'node:crypto';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MARK } from './marks.ts';
import type { JobFields } from '../standin/job.ts';
import { startWorld, type World, type WorldOptions } from '../support/world.ts';

/** A text that no encoding leaves as it is, and that stands nowhere by chance. */
const planted = (name: string): string => `${MARK}${name} "it's" /+=&%$ü? ${randomBytes(9).toString('hex')}`;
/** One of those that have to do with few signs. */
const plantedWord = (prefix: string): string => `${prefix}${MARK}${randomBytes(12).toString('hex')}`;

const REGISTRY = 'private.example.com';
const MULTI_LINE = (name: string): string => `-----BEGIN KEY-----\n${planted(name)}\n-----END KEY-----\n`;

/** A world in which everything that can be secret is, and a job that uses all of it. */
export interface PlantedWorld {
  readonly world: World;
  readonly job: JobFields;
  /** Of the runner's own process. */
  readonly environment: Record<string, string>;
  /** Secrets by the names that the search gives them. */
  readonly values: Readonly<Record<'operators login' | 'file of the settings' | 'masked' | 'multi-line', string>>;
}

const json = JSON.stringify;
const dockerConfig = (path: string, password: string): string =>
  json({ auths: { [path]: { auth: Buffer.from(`robot:${password}`).toString('base64') } } });

export async function startPlantedWorld(options: WorldOptions = {}): Promise<PlantedWorld> {
  const secret = {
    accessKey: planted('access key'),
    securityToken: planted('STS token'),
    proxy: encodeURIComponent(planted('proxy')),
    runnerToken: plantedWord('glrt-'),
    jobToken: plantedWord('glcbt-64_'),
    ofJobVariable: planted('login of the job'),
    ofGitlab: planted('login of GitLab'),
    ofHelper: planted('login of a credential helper'),
    ofFile: planted('login of a file'),
    configFile: planted('file of the settings'),
    masked: plantedWord(''),
    multiLine: MULTI_LINE('multi-line'),
    service: planted('of a service'),
  };
  const registries = Object.entries({
    job: secret.ofJobVariable,
    gitlab: secret.ofGitlab,
    helper: secret.ofHelper,
    file: secret.ofFile,
  }).map(
    ([name, password]) =>
      `[[registry]]\nname = "${REGISTRY}/${name}"\nusername = "robot"\npassword = ${json(password)}`,
  );
  const world = await startWorld({
    ...options,
    account: `access_key_secret = ${json(secret.accessKey)}\nsecurity_token = ${json(secret.securityToken)}`,
    scenario: `${registries.join('\n')}\n${options.scenario ?? ''}`,
    settings: `log_level = "debug"\n${options.settings ?? ''}`,
    tables: `[tags]\nteam = "$MASKED $MULTI_LINE $NOT_PUBLIC $MADE_OF_SECRETS"
[[volumes.config_file]]\nname = "operators"\nmount_path = "{mounts}/operators"\nfiles = { "secret.txt" = ${json(secret.configFile)} }
${options.tables ?? ''}`,
  });
  const { evidence, folder } = world;
  for (const [name, value] of Object.entries({
    'STS token': secret.securityToken,
    proxy: secret.proxy,
    'runner token': secret.runnerToken,
  }))
    evidence.plant(`the ${name}`, { value, ofOperator: true });
  evidence.plantLogin("the login in the job's DOCKER_AUTH_CONFIG", secret.ofJobVariable);
  evidence.plantLogin('the login of the credential helper', secret.ofHelper);
  evidence.plantLogin("the login in Docker's file", secret.ofFile);
  evidence.plantFile('the file of the settings', secret.configFile);

  await mkdir(join(folder, '.docker'));
  const { auths } = JSON.parse(dockerConfig(`${REGISTRY}/file`, secret.ofFile)) as { auths: object };
  await writeFile(
    join(folder, '.docker', 'config.json'),
    json({ auths, credHelpers: { [`${REGISTRY}/helper`]: 'planted' } }),
  );
  await writeFile(join(folder, 'helper-answer.json'), json({ Username: 'robot', Secret: secret.ofHelper }));
  const helper = join(folder, 'docker-credential-planted');
  // Long enough to be seen.
  await writeFile(helper, `#!/bin/sh\nsleep 0.2\ncat '${folder}/helper-answer.json'\n`);
  await chmod(helper, 0o755);

  const proxyUrl = `http://somebody:${secret.proxy}@127.0.0.1:9/`;
  return {
    world,
    environment: {
      ...world.environment,
      PATH: `${folder}:${world.environment.PATH}`,
      ALIBABA_CLOUD_SECURITY_TOKEN: secret.securityToken,
      CI_SERVER_TOKEN: secret.runnerToken,
      HTTP_PROXY: proxyUrl,
      HTTPS_PROXY: proxyUrl,
      ALL_PROXY: proxyUrl,
    },
    job: {
      token: secret.jobToken,
      image: `${REGISTRY}/job/app:1`,
      script: ['test -n "$MASKED"', 'test -f "$FILE"', 'echo it runs'],
      services: [
        {
          name: `${REGISTRY}/gitlab/db:1`,
          variables: [
            { key: 'DB_PASSWORD', value: secret.service, public: false, masked: false, file: false, raw: true },
          ],
        },
        { name: `${REGISTRY}/helper/cache:1`, alias: 'cache' },
        { name: `${REGISTRY}/file/queue:1`, alias: 'queue' },
      ],
      variables: {
        MASKED: { value: secret.masked, masked: true, public: false },
        MULTI_LINE: { value: secret.multiLine, public: false, raw: true },
        FILE: { value: MULTI_LINE('file'), file: true, public: false, raw: true },
        NOT_PUBLIC: { value: planted('not public'), public: false, raw: true },
        MADE_OF_SECRETS: { value: '<$MASKED>' },
        DOCKER_AUTH_CONFIG: {
          value: dockerConfig(`${REGISTRY}/job`, secret.ofJobVariable),
          public: false,
          raw: true,
        },
      },
      credentials: [{ type: 'registry', url: `${REGISTRY}/gitlab`, username: 'robot', password: secret.ofGitlab }],
    },
    values: {
      'operators login': secret.ofFile,
      'file of the settings': secret.configFile,
      masked: secret.masked,
      'multi-line': secret.multiLine,
    },
  };
}
