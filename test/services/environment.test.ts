import { describe, expect, it } from 'vitest';
import { type Given, oneService, servicesOf, variable } from './services-of.ts';

/** What the runner passes: every variable of the job, filled in by itself. */
const passed = (values: Record<string, string>) =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [`CUSTOM_ENV_${name}`, value]));

interface JobSide {
  readonly variables?: readonly object[];
  readonly secrets?: Record<string, object>;
  readonly passed?: Record<string, string>;
}

const given = ({ variables = [], secrets = {}, passed: values = {} }: JobSide): Omit<Given, 'services'> => ({
  change: { variables, secrets },
  env: passed(values),
});

const environmentOf = (job: JobSide, own: readonly object[] = []): Record<string, string> =>
  Object.fromEntries(oneService({ variables: own }, given(job)).environment.map(({ key, value }) => [key, value]));

const linesOf = (job: JobSide, own: readonly object[] = []): string =>
  servicesOf({ ...given(job), services: [{ name: 'redis' }, { name: 'postgres:16', variables: own }] }).lines.join(
    '\n',
  );

const SECRET = 'correct-horse-battery-staple';

describe("a service's environment", () => {
  it('has the public variables of the job, as the runner has filled them in', () => {
    const job = {
      variables: [variable('A', 'a'), variable('B', '$A-b'), variable('RAW', '$A', { raw: true })],
      passed: { A: 'a', B: 'a-b', RAW: '$A' },
    };
    expect(environmentOf(job)).toEqual({ A: 'a', B: 'a-b', RAW: '$A' });
    expect(linesOf(job)).toBe('');
  });

  it('has those that the runner adds, and its feature flags', () => {
    const values = {
      CI_PROJECT_DIR: '/builds/acme/shop',
      CI_RUNNER_VERSION: '19.4.0',
      CI_SERVER: 'yes',
      RUNNER_TEMP_PROJECT_DIR: '/builds/acme/shop.tmp',
      FF_SCRIPT_SECTIONS: 'true',
    };
    expect(environmentOf({ passed: values })).toEqual(values);
  });

  it('has the path of a variable of type file, never its content', () => {
    const job = {
      variables: [variable('CONFIG', 'content', { file: true }), variable('USES_IT', 'at $CONFIG')],
      passed: {
        CONFIG: 'content',
        USES_IT: 'at /b.tmp/CONFIG',
        RUNNER_TEMP_PROJECT_DIR: '/b.tmp',
        CI_SERVER_TLS_CA_FILE: '-----BEGIN CERTIFICATE-----',
      },
    };
    expect(environmentOf(job, [variable('OWN_FILE', 'text', { file: true }), variable('REFERS', '$CONFIG')])).toEqual({
      CONFIG: '/b.tmp/CONFIG',
      USES_IT: 'at /b.tmp/CONFIG',
      CI_SERVER_TLS_CA_FILE: '/b.tmp/CI_SERVER_TLS_CA_FILE',
      RUNNER_TEMP_PROJECT_DIR: '/b.tmp',
      OWN_FILE: '/b.tmp/OWN_FILE',
      REFERS: '/b.tmp/CONFIG',
    });
  });

  const hidden = { public: false };
  it.each([
    ['is not public', [variable('X', SECRET, hidden)], { X: SECRET }, {}],
    ['is replaced by one that is not', [variable('X', 'a'), variable('X', SECRET, hidden)], { X: SECRET }, {}],
    [
      'is made of one that is not',
      [variable('X', '<$Y>'), variable('Y', SECRET, hidden)],
      { X: `<${SECRET}>`, Y: SECRET },
      {},
    ],
    ['is made of an entry of [[runners]] environment', [variable('X', '<$Y>')], { X: `<${SECRET}>`, Y: SECRET }, {}],
    ['is replaced by something of the same name', [variable('X', 'placeholder')], { X: SECRET }, {}],
    ['is replaced by a secret of the same name', [variable('X', SECRET)], { X: SECRET }, { X: {} }],
    ['is masked', [variable('X', SECRET, { masked: true })], { X: SECRET }, {}],
    ['is an entry of [[runners]] environment', [], { X: SECRET }, {}],
    [
      "has a name of the runner's and is not public",
      [variable('CI_SERVER', SECRET, hidden)],
      { CI_SERVER: SECRET },
      {},
    ],
    ["is a secret with a name of the runner's", [], { CI_RUNNER_VERSION: SECRET }, { CI_RUNNER_VERSION: {} }],
    ['has the name of a feature flag and is not public', [variable('FF_X', SECRET, hidden)], { FF_X: SECRET }, {}],
    [
      'is made of something with the name of a flag',
      [variable('X', '<$FF_Y>')],
      { X: `<${SECRET}>`, FF_Y: SECRET },
      {},
    ],
  ])('has no value of a variable that %s', (_what, variables, values, secrets) => {
    const job = { variables, secrets, passed: values };
    expect(JSON.stringify(environmentOf(job))).not.toContain(SECRET);
    expect(linesOf(job)).not.toContain(SECRET);
  });

  it('says which public variables it does not get because of what they are made of', () => {
    const job = {
      variables: [variable('DB_URL', 'postgres://$PASSWORD@db'), variable('PASSWORD', SECRET, { public: false })],
      passed: { DB_URL: `postgres://${SECRET}@db`, PASSWORD: SECRET },
    };
    expect(linesOf(job)).toBe(
      'Not passed to services: DB_URL (made of variables that are not public; a service that needs one gets it by services:variables)',
    );
  });

  it('gets whatever its own variables name: that is how it is asked for', () => {
    const job = {
      variables: [variable('PASSWORD', SECRET, { public: false }), variable('HOST', 'db')],
      passed: {
        PASSWORD: SECRET,
        HOST: 'db',
        FETCHED: 'from a vault',
        FETCHED_FILE: SECRET,
        RUNNER_TEMP_PROJECT_DIR: '/b.tmp',
      },
      secrets: { FETCHED: { file: false }, FETCHED_FILE: {} },
    };
    const own = [
      variable('POSTGRES_PASSWORD', '$PASSWORD'),
      variable('URL', '${HOST}:$PASSWORD'),
      variable('VAULT', '$FETCHED'),
      variable('VAULT_FILE', '$FETCHED_FILE'),
      variable('AS_IT_IS', '$PASSWORD', { raw: true }),
      variable('ONE_PASS', '$URL'),
      variable('HOST', 'mine'),
    ];
    expect(environmentOf(job, own)).toEqual({
      POSTGRES_PASSWORD: SECRET,
      URL: `mine:${SECRET}`,
      VAULT: 'from a vault',
      VAULT_FILE: '/b.tmp/FETCHED_FILE',
      RUNNER_TEMP_PROJECT_DIR: '/b.tmp',
      AS_IT_IS: '$PASSWORD',
      ONE_PASS: '${HOST}:$PASSWORD',
      HOST: 'mine',
    });
  });

  it("has the settings' variables, filled in from the job's", () => {
    const [service] = servicesOf({
      tables: '[[services]]\nname = "redis"\nenvironment = ["URL=http://$HOST/?a=b", "EMPTY="]',
      env: passed({ HOST: 'gitlab' }),
    }).services;
    expect(service?.environment).toEqual([
      { key: 'URL', value: 'http://gitlab/?a=b' },
      { key: 'EMPTY', value: '' },
    ]);
  });

  it('cannot take back that its container is a sidecar', () => {
    const job = { variables: [variable('ECI_CONTAINER_TYPE', 'app')], passed: { ECI_CONTAINER_TYPE: 'app' } };
    expect(environmentOf(job, [variable('ECI_CONTAINER_IGNORE_EXIT_CODE', 'false')])).toEqual({});
    expect(linesOf(job)).toBe('');
  });
});

describe("what ECI does not take of a service's environment", () => {
  const long = 'x'.repeat(257);

  it("is left out where it is the job's, and named once, whatever the number of services", () => {
    const job = {
      variables: [variable('CI_COMMIT_MESSAGE', long), variable('9LIVES', 'cat'), variable('FITS', 'x'.repeat(256))],
      passed: { CI_COMMIT_MESSAGE: long, '9LIVES': 'cat', FITS: 'x'.repeat(256) },
    };
    expect(Object.keys(environmentOf(job))).toEqual(['FITS']);
    expect(linesOf(job)).toBe(
      'Not passed to services: CI_COMMIT_MESSAGE, 9LIVES (ECI takes values of at most 256 characters, and names of letters, digits and underscores)',
    );
  });

  it.each([
    ['A', long, /^The variable A of the service postgres:16 has 257 characters; ECI takes 256 in a variable\.$/],
    ['A-B', 'x', /^The variable A-B of the service postgres:16 has a name that ECI does not take/],
    ['a'.repeat(129), 'x', /has a name that ECI does not take/],
    ['', 'x', /has a name that ECI does not take/],
  ])('is refused where it is its own: %s', (key, value, sentence) => {
    expect(() => environmentOf({}, [variable(key, value)])).toThrow(
      expect.objectContaining({ fault: 'user', message: expect.stringMatching(sentence) as string }) as Error,
    );
  });

  it('is never shown', () => {
    expect(() => environmentOf({}, [variable('A', `${SECRET}${long}`)])).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining(SECRET) as string }) as Error,
    );
  });

  it("is refused where its own are too many, and crowds out the job's, feature flags first", () => {
    const own = (count: number) => Array.from({ length: count }, (_, index) => variable(`V${index}`, 'x'));
    const job = { variables: [variable('JOB', 'y')], passed: { JOB: 'y', FF_SCRIPT_SECTIONS: 'false' } };
    expect(Object.keys(environmentOf(job, own(237)))).toHaveLength(238);
    expect(environmentOf(job, own(237))).toHaveProperty('JOB');
    expect(linesOf(job, own(237))).toBe(
      'Not passed to services: FF_SCRIPT_SECTIONS (beyond the 240 variables that ECI takes)',
    );
    expect(Object.keys(environmentOf(job, own(238)))).toHaveLength(238);
    expect(() => environmentOf(job, own(239))).toThrow(/^The service postgres:16 has 239 variables; ECI takes 238/);
  });
});
