import type { WireParameters } from '../eci/container-groups.ts';
import type { Adjustments } from '../placement/adjustments.ts';
import { type Choice, spotPrice } from '../placement/plan.ts';
import type { PullPlan } from '../registries/pull-policies.ts';
import type { Job } from '../runner/job.ts';
import type { ContainerName } from '../runner/stages.ts';
import type { Service } from '../services/service.ts';
import type { Settings } from '../settings/schema.ts';
import type { Wished } from '../wishes/apply-wishes.ts';
import type { BuildContainer } from './build-container.ts';
import { type ContainerLimits, gpuParameters, limitParameters, limitsThatFit } from './container-limits.ts';
import { architectureOf } from './architecture.ts';
import type { GroupImages } from './images.ts';
import { operatorInitContainers } from './init-containers.ts';
import { AGENT_DIR, groupName, INIT_CONTAINER, KEYS_DIR, KEYS_SOURCE_DIR, RUN_DIR } from './names.ts';
import { type ConfigFileTexts, operatorMounts, operatorVolumes } from './operator-volumes.ts';
import { podParameters } from './pod-parameters.ts';
import { registryParameters, sentParameters } from './registry-parameters.ts';
import { securityContext } from './security.ts';
import { serviceContainers, serviceHosts } from './service-containers.ts';
import { groupTags, type ManagerIdentity } from './tags.ts';
import type { GroupTimeLimits } from './time-limits.ts';
import { containerMounts, type GroupKeys, groupVolumes, initKeysDir, initMounts, jobFolders } from './volumes.ts';

/** Everything that decides what one create call asks for. */
export interface GroupFacts {
  readonly job: Job;
  readonly settings: Settings;
  readonly images: GroupImages;
  readonly build: BuildContainer;
  readonly services: readonly Service[];
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
  /** Logins of the images, as ECI takes them. */
  readonly credentials: readonly WireParameters[];
  readonly pullPolicyOf: PullPlan['policyOf'];
}

/** Parameters of CreateContainerGroup (Eci 2018-08-08), without RegionId and ClientToken, which the call adds. A pure function. */
export function createRequest(facts: GroupFacts): WireParameters {
  const { job, settings, choice, attempt, limits, adjustments } = facts;
  const { sent } = limitsThatFit(facts.containerLimits, choice.instance);
  const imageCache = adjustments.withoutImageCache ? undefined : settings.image_cache_id;
  const folders = jobFolders(settings, attempt);
  const pod = podParameters(settings);
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
    ...pod,
    Tag: groupTags({ ...facts, ...limits, showsRetries: settings.spot.avoid_after_reclaim }, settings.tags),
    ...serviceHosts(facts.services, pod.HostAliase),
    InitContainer: [initContainer(facts), ...operatorInitContainers(settings, folders, facts.pullPolicyOf)],
    Container: [
      ...containersOf(settings).map((name) => agentContainer(name, facts, sent[name])),
      ...serviceContainers(facts.services, settings, folders, sent, facts.pullPolicyOf),
    ],
    Volume: [
      ...groupVolumes(facts.keys, containersOf(settings), folders),
      ...operatorVolumes(settings, facts.configFiles, facts.services.length > 0),
    ],
    // None of these is one of the above: the settings see to that.
    ...sentParameters(settings),
    ...registryParameters(settings, facts.credentials),
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
const initContainer = ({ images, settings, pullPolicyOf }: GroupFacts): WireParameters => ({
  Name: INIT_CONTAINER,
  Image: images.agent,
  ImagePullPolicy: pullPolicyOf(INIT_CONTAINER, images.agent),
  Command: [
    '/eci-agent',
    'install',
    '--dest',
    AGENT_DIR,
    ...containersOf(settings).flatMap((name) => ['--keys', `${KEYS_SOURCE_DIR}/${name}:${initKeysDir(name)}`]),
  ],
  VolumeMount: initMounts(containersOf(settings)),
});

function agentContainer(name: ContainerName, facts: GroupFacts, sent: ContainerLimits = {}): WireParameters {
  const { settings, images, attempt, limits, choice } = facts;
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
    ImagePullPolicy: facts.pullPolicyOf(name, image),
    ...limitParameters(sent),
    ...(name === 'build' ? gpuParameters(settings, choice.instance) : {}),
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
