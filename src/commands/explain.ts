import type { WireParameters } from '../eci/container-groups.ts';
import { createRequest } from '../group/create-request.ts';
import { groupTimeLimits } from '../group/time-limits.ts';
import { NO_ADJUSTMENTS } from '../placement/adjustments.ts';
import { type Choice, planAttempts } from '../placement/plan.ts';
import { limitLines } from '../group/container-limits.ts';
import { headline } from '../placement/story.ts';
import { plural } from '../report/lines.ts';
import { withoutSecrets } from '../report/secret-free.ts';
import { responseEnvironment } from '../runner/response-environment.ts';
import { loadSettings } from '../settings/load.ts';
import { readCaller } from '../state/caller.ts';
import { plainTable } from '../tables/plain-table.ts';
import type { Handler } from './command.ts';
import { type JobPlan, planJob, readJob } from './job-plan.ts';
import type { Job } from '../runner/job.ts';

/** In place of what each attempt of a job makes anew. */
const NOBODY = '0000000000000000';
const NO_KEYS = { clientPublic: '', hostPrivate: { helper: '', build: '' } };

/** For people: the group that a job would get. Nothing is created, and ECI is not even asked. */
export const explain: Handler = async ({ env, stdout, clock, signal, callerPid }, source, [file = ''], options) => {
  const bare = await readJob(file, env);
  const known = { ...env, ...responseEnvironment(bare) };
  const job = await readJob(file, known);
  const version = options.runnerVersion?.toString() ?? env.CUSTOM_ENV_CI_RUNNER_VERSION ?? '0.0.0';
  const plan = await planJob(job, await loadSettings(source, env), known, version, signal);
  const { choices } = planAttempts(plan.settings);
  const identity = { manager: plan.settings.manager_id, host: NOBODY, caller: await readCaller(callerPid) };
  const now = new Date(clock.now());
  const request = (choice: Choice): WireParameters =>
    createRequest({
      ...plan,
      job,
      choice,
      identity,
      attempt: NOBODY,
      tryNumber: 1,
      keys: NO_KEYS,
      limits: groupTimeLimits(job.timeoutSeconds, 0, plan.settings, now),
      adjustments: NO_ADJUSTMENTS,
      pullPolicyOf: plan.pulls.policyOf.bind(plan.pulls),
    });
  const [first] = choices;
  const call = first && request(first);
  if (options.json === true)
    await stdout.write(`${withoutSecrets(call ? withoutHiddenValues(call) : {}, job.secrets, 2)}\n`);
  else await stdout.write(withoutSecrets(text(job, plan, call), job.secrets));
  return 0;
};

/** What ECI is asked to hide, and what init containers get: such values may be secret without being masked. */
function withoutHiddenValues(call: WireParameters): WireParameters {
  const hidden = (containers: WireParameters[string]): readonly WireParameters[] =>
    ((containers ?? []) as readonly (WireParameters & Partial<Hiding>)[]).map(({ EnvironmentVar, ...container }) => ({
      ...container,
      ...(EnvironmentVar && {
        EnvironmentVar: EnvironmentVar.map((each) => ('Value' in each ? { ...each, Value: '…' } : each)),
      }),
    }));
  return { ...call, InitContainer: hidden(call.InitContainer), Container: hidden(call.Container) };
}

interface Hiding {
  readonly EnvironmentVar: readonly { readonly Key: string; readonly Value?: string }[];
}

function text(job: Job, plan: JobPlan, call: WireParameters | undefined): string {
  const attempts = planAttempts(plan.settings);
  const { containers, volumes } = shown(call);
  const order = plan.settings.order === 'price' ? ' (sorted by the prices that ECI tells when the job starts)' : '';
  return [
    `Job ${job.id} "${job.name}" of ${job.projectPath}`,
    ...plan.lines.map((line) => `  ${line}`),
    ...plan.logins.warnings.map((line) => `  WARNING: ${line}`),
    '',
    ...(attempts.choices[0] ? limitLines(plan.containerLimits, attempts.choices[0].instance) : []),
    plainTable(
      ['CONTAINER', 'IMAGE', 'PULLED', 'LOGIN', 'VOLUMES'],
      containers.map((row) => row(plan)),
    ),
    plainTable(['VOLUME', 'KIND'], volumes),
    `${headline(attempts, plan.settings)}${order}`,
    plainTable(
      ['ATTEMPT', 'ZONE', 'TYPE', 'POLICY'],
      attempts.choices.map(({ vswitch, instance, policy }, index) => [
        `${index + 1}`,
        vswitch.zone,
        instance.label,
        policy,
      ]),
    ),
    `${plural(attempts.choices.length, 'attempt')} in each round. Nothing was created.`,
    '',
  ].join('\n');
}

interface WireContainer {
  readonly Name: string;
  readonly Image: string;
  readonly ImagePullPolicy: string;
  readonly VolumeMount: readonly { readonly Name: string; readonly MountPath: string; readonly ReadOnly?: boolean }[];
}

/** The call itself is what is shown: nothing here can say something else than what is sent. */
function shown(call: WireParameters | undefined) {
  const {
    InitContainer = [],
    Container = [],
    Volume = [],
  } = (call ?? {}) as {
    readonly InitContainer?: readonly WireContainer[];
    readonly Container?: readonly WireContainer[];
    readonly Volume?: readonly { readonly Name: string; readonly Type: string }[];
  };
  const containers = [...InitContainer, ...Container].map(
    ({ Name, Image, ImagePullPolicy, VolumeMount }) =>
      ({ logins }: JobPlan) => [
        Name,
        Image,
        ImagePullPolicy,
        logins.logins.find(({ image }) => image === Image)?.source ?? 'none',
        VolumeMount.map((mount) => `${mount.Name}:${mount.MountPath}${mount.ReadOnly ? ':ro' : ''}`).join(' '),
      ],
  );
  return { containers, volumes: Volume.map(({ Name, Type }) => [Name, Type]) };
}
