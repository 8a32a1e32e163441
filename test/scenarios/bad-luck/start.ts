import type { Emulator } from '../../../src/emulator/emulator.ts';
import { type BadLuck, IMAGE, SYSTEM, FAILED, MENDED, SECOND, NOTHING, image } from './row.ts';

const starting = (then: (emulator: Emulator, group: string) => void) => ({
  when: { log: 'pulling images', then },
  world: image('pull_seconds = 3'),
});

export const START: readonly BadLuck[] = [
  {
    what: "the job's image does not exist",
    reads: `The image ${IMAGE} of the container build cannot be pulled: … not found`,
    ...FAILED,
    creates: 1,
    groups: 1,
    world: image('pull = "not-found"'),
  },
  {
    what: 'the registry says no',
    reads: `The image ${IMAGE} of the container build cannot be pulled: … 401 Unauthorized`,
    ...FAILED,
    creates: 1,
    groups: 1,
    world: image('pull = "unauthorized"'),
  },
  {
    what: 'the registry does not answer for a while',
    reads: `Failed: Failed to pull image "${IMAGE}": … i/o timeout`,
    ...MENDED,
    retriedBy: 'the platform, with growing pauses',
    creates: 1,
    groups: 1,
    world: image('pull = "timeout"\nfailures = 2'),
  },
  {
    what: 'the pull is slow, and comes to its end',
    reads: 'eci-… in cn-beijing-h, ecs.c6.2xlarge, …',
    ...MENDED,
    retriedBy: 'nobody: it is waited for',
    creates: 1,
    groups: 1,
    world: image('pull_seconds = 3'),
  },
  {
    what: 'stuck in Pending: the pull does not end within image_pull_timeout',
    reads: 'The containers of eci-… did not start within 1 s (pulling images, starting containers).',
    ...SYSTEM,
    creates: 3,
    groups: 3,
    world: { ...image('pull_seconds = 3600'), settings: 'image_pull_timeout = 1' },
  },
  {
    what: "the helper's image does not exist",
    reads: 'Check helper_image in the settings.',
    ...SYSTEM,
    creates: 3,
    groups: 3,
    world: image('pull = "not-found"', 'registry.example.com/helper:1'),
  },
  {
    what: "the job's container ends at once",
    reads: `The container build (${IMAGE}) ended before the job could start: Error, exit code 127.`,
    ...FAILED,
    creates: 1,
    groups: 1,
    world: image('exit_code = 127'),
  },
  {
    what: 'the helper container ends at once',
    reads: 'The container helper (registry.example.com/helper:1) ended before the job could start: Error, exit code 1.',
    ...SYSTEM,
    creates: 3,
    groups: 3,
    world: image('exit_code = 1', 'registry.example.com/helper:1'),
  },
  {
    what: 'SSH never answers',
    reads:
      'The container group eci-… is running, but its SSH servers did not answer within 1 s (helper: has answered; build: connection refused).',
    ...SYSTEM,
    creates: 3,
    groups: 3,
    world: { ...image('ssh = "never"'), settings: 'ssh_timeout = 1' },
  },
  {
    what: 'somebody else answers: another host key',
    reads: "Something else than this job's container answers at …: its host key is not the one that was made for it.",
    ...SYSTEM,
    creates: 3,
    groups: 3,
    world: image('host_key = "wrong"'),
  },
  {
    what: 'the agent speaks another version of the protocol',
    reads: 'The agent in the container and this driver do not speak the same protocol version (driver: 1; agent: … 2).',
    ...SYSTEM,
    creates: 3,
    groups: 3,
    world: image('protocol_version = 2'),
  },
  {
    what: 'the spot instance is reclaimed while it starts',
    reads: 'The spot instance eci-… was reclaimed by Alibaba Cloud while it was starting.',
    ...SECOND,
    creates: 2,
    groups: 2,
    ...starting((emulator, group) => void emulator.reclaim(group, 0)),
  },
  {
    what: 'somebody deletes the group while it starts',
    reads: 'The container group eci-… disappeared while it was starting.',
    ...SECOND,
    creates: 2,
    groups: 2,
    ...starting((emulator, group) => void emulator.removeGroup(group)),
  },
  {
    what: 'the job wishes for more than five specs',
    reads: '6 specs are named, and ECI takes 5 at most.',
    ...FAILED,
    ...NOTHING,
    world: { settings: 'pod_annotations_overwrite_allowed = "k8s.aliyun.com.*"' },
    job: {
      variables: {
        KUBERNETES_POD_ANNOTATIONS_1: 'k8s.aliyun.com/eci-use-specs=1-2Gi,2-4Gi,4-8Gi,8-16Gi,16-32Gi,32-64Gi',
      },
    },
  },
  {
    what: 'the job wishes for more than the operator allows',
    reads:
      'The job variable KUBERNETES_CPU_REQUEST = "32" is refused: the resource "CPURequest" is higher than the limit allowed, "16".',
    ...FAILED,
    ...NOTHING,
    world: { settings: 'cpu_request_overwrite_max_allowed = "16"' },
    job: { variables: { KUBERNETES_CPU_REQUEST: '32' } },
  },
];
