import { type BadLuck, SYSTEM, NOTHING } from './row.ts';

export const MANAGER: readonly BadLuck[] = [
  {
    what: 'no settings file',
    reads: 'The settings file … cannot be read (ENOENT).',
    ...SYSTEM,
    ...NOTHING,
    environment: () => ({ GITLAB_ECI_EXECUTOR_CONFIG: '' }),
    before: async (_emulator, { settingsFile }) => (await import('node:fs/promises')).rm(settingsFile),
  },
  {
    what: 'a settings file that cannot be read: a folder',
    reads: 'The settings file … cannot be read (EISDIR).',
    ...SYSTEM,
    ...NOTHING,
    before: async (_emulator, { settingsFile }) => {
      const { mkdir, rm } = await import('node:fs/promises');
      await rm(settingsFile);
      await mkdir(settingsFile);
    },
  },
  {
    what: 'wrong settings: all problems at once',
    reads: 'spot.strategy: "Cheap" is not valid: allowed is "SpotAsPriceGo", "SpotWithPriceLimit", "NoSpot"',
    ...SYSTEM,
    ...NOTHING,
    world: { settings: 'imge = "x"', tables: '[spot]\nstrategy = "Cheap"' },
  },
  {
    what: 'a state folder that cannot be written',
    reads: 'The state folder … cannot be written (…).',
    ...SYSTEM,
    ...NOTHING,
    before: async (_emulator, { folder }) => (await import('node:fs/promises')).writeFile(`${folder}/state`, ''),
  },
  {
    what: "the job's response file is missing",
    reads: 'The job response … cannot be read (ENOENT).',
    ...SYSTEM,
    ...NOTHING,
    beforePrepare: 'rm "$JOB_RESPONSE_FILE"',
  },
  {
    what: "the job's response file is half-written",
    reads: 'The job response that GitLab Runner wrote cannot be read: it is not JSON.',
    ...SYSTEM,
    ...NOTHING,
    beforePrepare: `printf '{"id": 47' > "$JOB_RESPONSE_FILE"`,
  },
  {
    what: 'no credentials anywhere',
    reads:
      'No container group could be created for … ECI does not accept the credentials: … no credentials were found in the Alibaba Cloud default chain.',
    ...SYSTEM,
    ...NOTHING,
    environment: () => ({
      ALIBABA_CLOUD_ACCESS_KEY_ID: '',
      ALIBABA_CLOUD_ACCESS_KEY_SECRET: '',
      ALIBABA_CLOUD_ECS_METADATA_DISABLED: 'true',
    }),
  },
  {
    what: 'a wrong secret',
    reads: 'ECI does not accept the credentials: CreateContainerGroup: SignatureDoesNotMatch (HTTP 400): …',
    ...SYSTEM,
    creates: 3,
    groups: 0,
    environment: () => ({ ALIBABA_CLOUD_ACCESS_KEY_SECRET: 'wrong' }),
  },
  {
    what: 'an access key that does not exist (any more)',
    reads: 'ECI does not accept the credentials: CreateContainerGroup: InvalidAccessKeyId.NotFound (HTTP 404): …',
    ...SYSTEM,
    creates: 3,
    groups: 0,
    environment: () => ({ ALIBABA_CLOUD_ACCESS_KEY_ID: 'nobody' }),
  },
  {
    what: "the manager's clock is off by an hour",
    reads: "the manager's clock is wrong by more than 15 minutes: CreateContainerGroup: InvalidTimeStamp.Expired …",
    ...SYSTEM,
    creates: 3,
    groups: 0,
    before: (emulator) => emulator.skewClock(3600),
  },
];
