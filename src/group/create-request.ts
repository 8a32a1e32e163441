import type { WireParameters } from '../eci/container-groups.ts';
import type { Adjustments } from '../placement/adjustments.ts';
import { type Choice, spotPrice } from '../placement/plan.ts';
import type { Job } from '../runner/job.ts';
import type { ContainerName } from '../runner/stages.ts';
import type { Settings } from '../settings/schema.ts';
import type { Wished } from '../wishes/apply-wishes.ts';
import type { BuildContainer } from './build-container.ts';
import { limitsThatFit } from './container-limits.ts';
import { architectureOf, type GroupImages, pullPolicy } from './images.ts';
import { operatorInitContainers } from './init-containers.ts';
import { AGENT_DIR, groupName, INIT_CONTAINER, KEYS_DIR, KEYS_SOURCE_DIR, RUN_DIR } from './names.ts';
import { type ConfigFileTexts, operatorMounts, operatorVolumes } from './operator-volumes.ts';
import { podParameters } from './pod-parameters.ts';
import { securityContext } from './security.ts';
import { groupTags, type ManagerIdentity } from './tags.ts';
import type { GroupTimeLimits } from './time-limits.ts';
import { containerMounts, type GroupKeys, groupVolumes, initKeysDir, initMounts, jobFolders } from './volumes.ts';

/** Everything that decides what one create call asks for. */
export interface GroupFacts {
  readonly job: Job;
  readonly settings: Settings;
  readonly images: GroupImages;
  readonly build: BuildContainer;
  readonly choice: Choice;
  readonly identity: ManagerIdentity;
  readonly attempt: string;
  readonly tryNumber: number;
  readonly keys: GroupKeys;
  /** Of the operator's volumes of config files. */
  readonly configFiles: ConfigFileTexts;
  readonly limits: GroupTimeLimits;
  readonly adjustments: Adjustments;
  /** What the job limits its containers to; sent as far as it fits the group. */
  readonly containerLimits: Wished['limits'];
}

/** Parameters of CreateContainerGroup (Eci 2018-08-08), without RegionId and ClientToken, which the call adds. A pure function. */
export function createRequest(facts: GroupFacts): WireParameters {
  const { job, settings, choice, attempt, limits, adjustments } = facts;
  const imageCache = adjustments.withoutImageCache ? undefined : settings.image_cache_id;
  const folders = jobFolders(settings, attempt);
  return {
    ContainerGroupName: groupName(job.projectId, job.id, attempt),
    SecurityGroupId: settings.security_group,
    VSwitchId: choice.vswitch.id,
    // One vSwitch a call; without a strategy the platform may choose another zone by itself.
    ScheduleStrategy: 'VSwitchOrdered',
    ...instance(choice),
    // AMD64 is the API's own default.
    ...(architectureOf(job, settings) === 'ARM64' ? { CpuArchitecture: 'ARM64' } : {}),
    ...price(choice, settings, adjustments),
    // The API's default is Always: it would start a job's containers anew for ever.
    RestartPolicy: 'Never',
    ActiveDeadlineSeconds: limits.lifetime,
    MaxPendingMinute: limits.maxPendingMinutes,
    TerminationGracePeriodSeconds: settings.termination_grace_period_seconds,
    AutoMatchImageCache: settings.image_cache,
    ...(imageCache ? { ImageSnapshotId: imageCache } : {}),
    ...podParameters(settings),
    Tag: groupTags({ ...facts, ...limits }, settings.tags),
    InitContainer: [initContainer(facts), ...operatorInitContainers(settings, folders)],
    Container: containersOf(settings).map((name) => agentContainer(name, facts)),
    Volume: [
      ...groupVolumes(facts.keys, containersOf(settings), folders),
      ...operatorVolumes(settings, facts.configFiles),
    ],
    // None of these is one of the above: the settings see to that.
    ...settings.parameters,
  };
}

const instance = ({ instance: { type, size } }: Choice): WireParameters =>
  type === undefined ? { Cpu: size?.cpu, Memory: size?.memory } : { InstanceType: type };

function price(choice: Choice, settings: Settings, { spotDurations }: Adjustments): WireParameters {
  if (choice.policy === 'on-demand') return { SpotStrategy: 'NoSpot' };
  const { strategy, limit } = spotPrice(settings);
  return {
    SpotStrategy: strategy,
    SpotDuration: spotDurations[choice.instance.label] ?? settings.spot.duration,
    ...(limit === undefined ? {} : { SpotPriceLimit: limit }),
  };
}

/** The containers that an agent runs in. */
export const containersOf = ({ helper }: Settings): readonly ContainerName[] =>
  helper ? ['helper', 'build'] : ['build'];

/** See docs/agent-protocol.md, section 1. Each word may have 256 characters, a command 20 words. */
const initContainer = ({ images, settings }: GroupFacts): WireParameters => ({
  Name: INIT_CONTAINER,
  Image: images.agent,
  ImagePullPolicy: pullPolicy(images.agent),
  Command: [
    '/eci-agent',
    'install',
    '--dest',
    AGENT_DIR,
    ...containersOf(settings).flatMap((name) => ['--keys', `${KEYS_SOURCE_DIR}/${name}:${initKeysDir(name)}`]),
  ],
  VolumeMount: initMounts(containersOf(settings)),
});

function agentContainer(name: ContainerName, facts: GroupFacts): WireParameters {
  const { settings, images, attempt, limits, containerLimits, choice } = facts;
  const { sent } = limitsThatFit(containerLimits, choice.instance);
  const { ports, abandon_after } = settings;
  const image = (name === 'helper' ? images.helper : undefined) ?? images.build;
  const words = [
    `${AGENT_DIR}/eci-agent`,
    'serve',
    `--container=${name}`,
    `--port=${ports[name]}`,
    `--keys=${KEYS_DIR}`,
    `--run=${RUN_DIR}`,
    `--max-lifetime=${limits.lifetime}`,
    `--abandon-after=${Math.ceil(abandon_after)}`,
  ];
  return {
    Name: name,
    Image: image,
    ImagePullPolicy: pullPolicy(image),
    ...(sent[name].cpu === undefined ? {} : { Cpu: sent[name].cpu }),
    ...(sent[name].memory === undefined ? {} : { Memory: sent[name].memory }),
    ...(name === 'build' ? buildCommand(facts.build, words) : { Command: words }),
    ...securityContext(settings, name, name === 'build' ? facts.build : undefined),
    EnvironmentVar: [{ Key: 'ECI_AGENT_LISTEN', FieldRef: { FieldPath: 'status.podIP' } }],
    Port: [{ Port: ports[name], Protocol: 'TCP' }],
    VolumeMount: [...containerMounts(name, jobFolders(settings, attempt)), ...operatorMounts(settings, name)],
  };
}

/** An entrypoint that is honored gets our agent as its arguments, of which ECI takes ten. */
function buildCommand({ entrypoint }: BuildContainer, words: readonly string[]): WireParameters {
  if (entrypoint === 'ignored') return { Command: words };
  return entrypoint === 'of the image' ? { Arg: words } : { Command: entrypoint, Arg: words };
}
