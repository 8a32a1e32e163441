import type { Command } from './command.ts';

/** Every command of the program: first the four that GitLab Runner calls, in the order of a job's life, then those for people. */
export const COMMANDS: readonly Command[] = [
  {
    name: 'config',
    summary: 'validate the settings and tell GitLab Runner the directories of this attempt (config_exec)',
    arguments: [],
    speaksOn: 'stderr',
    load: async () => (await import('./config.ts')).config,
  },
  {
    name: 'prepare',
    summary: 'create a container group for the job and wait until it answers (prepare_exec)',
    arguments: [],
    speaksOn: 'stdout',
    load: async () => (await import('./prepare.ts')).prepare,
  },
  {
    name: 'run',
    summary: 'run one script of the job in its container (run_exec)',
    arguments: [
      { name: '<script>', summary: 'file with the script' },
      { name: '<stage>', summary: 'name of the sub-stage, such as get_sources or build_script' },
    ],
    speaksOn: 'stdout',
    load: async () => (await import('./run.ts')).run,
  },
  {
    name: 'cleanup',
    summary: "delete the job's container group (cleanup_exec)",
    arguments: [],
    speaksOn: 'stderr',
    load: async () => (await import('./cleanup.ts')).cleanup,
  },
  {
    name: 'check',
    summary: 'check the settings file and list every problem in it',
    arguments: [],
    speaksOn: 'stdout',
    load: async () => (await import('./check.ts')).check,
  },
  {
    name: 'dry-run',
    summary: 'ask ECI what it would answer to a job in each zone and for each type; creates nothing',
    arguments: [],
    speaksOn: 'stdout',
    load: async () => (await import('./dry-run.ts')).dryRun,
  },
  {
    name: 'explain',
    summary: 'print the container group that a job would get: containers, volumes, logins, attempts; creates nothing',
    arguments: [{ name: '<job_response>', summary: 'file as GitLab Runner writes it (JOB_RESPONSE_FILE)' }],
    options: [
      { flags: '--json', summary: 'print the create call of the first attempt' },
      { flags: '--runner-version <version>', summary: "GitLab Runner's version, for the tag of the helper image" },
    ],
    speaksOn: 'stderr',
    load: async () => (await import('./explain.ts')).explain,
  },
  {
    name: 'gc',
    summary:
      'delete container groups of this manager that no job needs any more: marked in one run, deleted in a later one',
    arguments: [],
    options: [
      { flags: '--dry-run', summary: 'say what would be done to each group, and do nothing' },
      { flags: '--json', summary: 'print a list for programs in place of a table' },
      { flags: '--grace <duration>', summary: 'time between the two runs (default: 2m)' },
    ],
    speaksOn: 'stderr',
    load: async () => (await import('./gc.ts')).gc,
  },
  {
    name: 'agent push',
    summary: "upload the agent's image to a registry that container groups can pull from; needs no Docker",
    arguments: [
      { name: '<image>', summary: 'REGISTRY/IMAGE or REGISTRY/IMAGE:TAG; the tag is the version if it is not given' },
    ],
    options: [
      {
        flags: '--archive <file>',
        summary: 'what "npm run build:agent-image" has written (default: the one beside this program)',
      },
      { flags: '--username <name>', summary: "user of the registry (default: Docker's login)" },
      {
        flags: '--password-stdin',
        summary: 'read the password from stdin (default: GITLAB_ECI_EXECUTOR_REGISTRY_PASSWORD)',
      },
      { flags: '--plain-http', summary: 'speak http, which is the default for a registry on this machine only' },
    ],
    speaksOn: 'stdout',
    load: async () => (await import('./agent-push.ts')).agentPush,
  },
];
