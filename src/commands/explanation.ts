import type { WireParameters } from '../eci/container-groups.ts';
import { limitLines } from '../group/container-limits.ts';
import type { Choice, Plan } from '../placement/plan.ts';
import { headline } from '../placement/story.ts';
import { plural } from '../report/lines.ts';
import type { Job } from '../runner/job.ts';
import type { Settings } from '../settings/schema.ts';
import { allVolumes } from '../settings/sections/volumes.ts';
import { plainTable } from '../tables/plain-table.ts';
import type { JobPlan } from './job-plan.ts';

/** A plan made without asking ECI for prices. */
export interface ExplainedPlan extends Plan {
  /** Those of its choices that max_price may refuse, once their prices are known. */
  readonly undecided: readonly Choice[];
}

/** What a job would get, as text for people. @param call of the first attempt; secrets are still in there. */
export function explanation(
  job: Job,
  plan: JobPlan,
  attempts: ExplainedPlan,
  call: WireParameters | undefined,
): string {
  const { settings } = plan;
  const { choices, tooExpensive, undecided } = attempts;
  const { containers, volumes } = shown(call);
  const highest = `max_price ${settings.currency} ${settings.max_price}/h`;
  return [
    `Job ${job.id} "${job.name}" of ${job.projectPath}`,
    ...plan.lines.map((line) => `  ${line}`),
    ...plan.logins.warnings.map((line) => `  WARNING: ${line}`),
    '',
    ...(choices[0] ? limitLines(plan.containerLimits, choices[0].instance) : []),
    plainTable(
      ['CONTAINER', 'IMAGE', 'PULLED', 'LOGIN', 'VOLUMES'],
      containers.map((row) => row(plan)),
    ),
    plainTable(['VOLUME', 'KIND'], volumes),
    ...(call === undefined ? [] : leftOut(settings, volumes)),
    `${headline(attempts, settings)}${orderText(attempts, settings)}`,
    ...(choices.length === 0 ? [] : [attemptTable(attempts, settings)]),
    ...(tooExpensive.length === 0
      ? []
      : [
          plainTable(
            ['REFUSED', 'ZONE', 'TYPE', 'POLICY', 'PRICE'],
            tooExpensive.map((each) => [`above ${highest}`, ...placeOf(each), priceText(each, settings)]),
          ),
        ]),
    `${plural(choices.length, 'attempt')} in each round${undecided.length === 0 ? '' : `, ${undecided.length} of them only at a price within ${highest}`}. Nothing was created.`,
    '',
  ].join('\n');
}

/** Volumes of the settings that the call does not have. */
function leftOut(settings: Settings, sent: readonly (readonly string[])[]): readonly string[] {
  const names = allVolumes(settings.volumes).map(({ volume }) => volume.name);
  const left = names.filter((name) => sent.every(([each]) => each !== name));
  return left.length === 0 ? [] : [`Left out, because no container of this job mounts them: ${left.join(', ')}`];
}

const orderText = ({ choices }: Plan, { order }: Settings): string => {
  if (order !== 'price') return '';
  const known = choices.some(({ price }) => price !== undefined);
  return known
    ? ' (sorted by the prices that this host was told last)'
    : ' (sorted by the prices that ECI tells when the job starts)';
};

function attemptTable({ choices, undecided }: ExplainedPlan, settings: Settings): string {
  const withPrices = undecided.length > 0 || choices.some(({ price }) => price !== undefined);
  return plainTable(
    ['ATTEMPT', 'ZONE', 'TYPE', 'POLICY', ...(withPrices ? ['PRICE'] : [])],
    choices.map((each, index) => [
      `${index + 1}`,
      ...placeOf(each),
      ...(withPrices ? [priceText(each, settings)] : []),
    ]),
  );
}

const placeOf = ({ vswitch, instance, policy }: Choice): readonly string[] => [vswitch.zone, instance.label, policy];

const priceText = ({ price }: Choice, { currency }: Settings): string =>
  price === undefined ? 'not known' : `${currency} ${price}/h`;

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
