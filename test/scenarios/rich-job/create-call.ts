import { FEATURE_FLAGS } from '../../standin/feature-flags.ts';

/** What each attempt makes anew, and the word that stands for it here. What does not look as it should stays as it is. */
const MADE_ANEW: readonly (readonly [name: RegExp, value: RegExp, word: string])[] = [
  [/^ClientToken$/, /^[!-~]{16,64}$/, 'TOKEN'],
  [/^Tag\.4\.Value$/, /^[0-9a-f]{8,}$/, 'HOST'],
  [/^Tag\.5\.Value$/, /^[0-9a-f]+(\.\d+){4}$/, 'INSTANCE'],
  [/^Tag\.12\.Value$/, /^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ$/, 'DEADLINE'],
  [/^Tag\.13\.Value$/, /^\d{4}$/, 'SECONDS'],
  // Base64 of `-----BEGIN` and of `ssh-ed25519`.
  [/^Volume\.2\..*\.[13]\.Content$/, /^LS0tLS1CRUdJTi[\w+/]+=*$/, 'PRIVATE KEY'],
  [/^Volume\.2\..*\.[24]\.Content$/, /^c3NoLWVkMjU1MTkg[\w+/]+=*$/, 'PUBLIC KEY'],
];

/** @param parameters of a recorded create call. */
export function withWords(parameters: Readonly<Record<string, string>>): Record<string, string> {
  const { 'Tag.10.Value': attempt = '-', ActiveDeadlineSeconds: lifetime = '-' } = parameters;
  const word = (name: string, value: string): string =>
    MADE_ANEW.find(([which, looks]) => which.test(name) && looks.test(value))?.[2] ??
    value.replaceAll(attempt, 'ATTEMPT').replaceAll(lifetime, 'LIFETIME');
  return Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, word(name, value)]));
}

type Structure = string | readonly Structure[] | { readonly [name: string]: Structure };

/** Lists and structures under the names that an RPC call gives to their parts, such as `Tag.1.Key`. */
function flat(structure: Structure, name = ''): Record<string, string> {
  if (typeof structure === 'string') return { [name]: structure };
  const isList = Array.isArray(structure);
  return Object.fromEntries(
    Object.entries(structure).flatMap(([key, part]: [string, Structure]) => {
      const own = isList ? String(Number(key) + 1) : key;
      return Object.entries(flat(part, name === '' ? own : `${name}.${own}`));
    }),
  );
}

const tag = (Key: string, Value: string) => ({ Key, Value });
const mount = (Name: string, MountPath: string, more = {}) => ({ Name, MountPath, ...more });
const READ_ONLY = { ReadOnly: 'true' };
const emptyDir = (Name: string) => ({ Name, Type: 'EmptyDirVolume' });

/** What helper and build have in common. */
const agent = (name: string, port: string) => ({
  Name: name,
  Command: [
    '/eci-executor/agent/eci-agent',
    'serve',
    `--container=${name}`,
    `--port=${port}`,
    '--keys=/eci-executor/keys',
    '--run=/eci-executor/run',
    '--max-lifetime=LIFETIME',
    '--abandon-after=900',
  ],
  EnvironmentVar: [{ Key: 'ECI_AGENT_LISTEN', FieldRef: { FieldPath: 'status.podIP' } }],
  Port: [{ Port: port, Protocol: 'TCP' }],
  VolumeMount: [
    mount('eci-agent', '/eci-executor/agent', READ_ONLY),
    mount(`eci-keys-${name}`, '/eci-executor/keys', READ_ONLY),
    mount(`eci-run-${name}`, '/eci-executor/run'),
    mount('builds', '/builds'),
    mount('cache', '/cache'),
    mount('keep', '/keep'),
  ],
});

/** Public variables of the job, of its runner, and of the service itself: no login, and no token of the job. */
const SERVICE_ENVIRONMENT = {
  CI_JOB_ID: '4711',
  CI: 'true',
  GITLAB_CI: 'true',
  CI_PROJECT_ID: '77',
  CI_PROJECT_PATH: 'acme/shop',
  CI_PROJECT_NAME: 'shop',
  CI_PIPELINE_ID: '4412',
  CI_JOB_NAME: 'unit',
  CI_JOB_STAGE: 'test',
  CI_SERVER_URL: 'http://gitlab.example.com',
  CI_SERVER_HOST: 'gitlab.example.com',
  CI_COMMIT_SHA: '0000000000000000000000000000000000000000',
  CI_COMMIT_REF_NAME: 'main',
  GIT_STRATEGY: 'none',
  WHO: 'everybody',
  KUBERNETES_CPU_REQUEST: '3',
  KUBERNETES_MEMORY_LIMIT: '6Gi',
  KUBERNETES_SERVICE_MEMORY_LIMIT: '512Mi',
  KUBERNETES_POD_ANNOTATIONS_1: 'k8s.aliyun.com/eci-use-specs=8-16Gi,ecs.c6.2xlarge',
  KUBERNETES_POD_ANNOTATIONS_2: 'k8s.aliyun.com/eci-spot-strategy=SpotWithPriceLimit',
  KUBERNETES_POD_ANNOTATIONS_3: 'k8s.aliyun.com/eci-spot-price-limit=2.50',
  CI_JOB_IMAGE: 'private.example.com/shop/app:1',
  CI_RUNNER_SHORT_TOKEN: 'standin-0',
  CI_BUILDS_DIR: '/builds',
  CI_PROJECT_DIR: '/builds/acme/shop',
  CI_CONCURRENT_ID: '0',
  CI_CONCURRENT_PROJECT_ID: '0',
  CI_SERVER: 'yes',
  CI_JOB_STATUS: 'running',
  CI_JOB_TIMEOUT: '3600',
  CI_SHARED_ENVIRONMENT: 'true',
  CI_RUNNER_VERSION: '19.4.0',
  CI_RUNNER_REVISION: 'd79f3e7b',
  CI_RUNNER_EXECUTABLE_ARCH: 'linux/amd64',
  RUNNER_TEMP_PROJECT_DIR: '/builds/acme/shop.tmp',
  ...Object.fromEntries([...FEATURE_FLAGS].map(([flag, isOn]) => [flag, String(isOn)])),
  // The stand-in's runner has switched it off.
  FF_TIMESTAMPS: 'false',
  HEALTHCHECK_TCP_PORT: '8080',
  GREETING: 'hello everybody',
  ECI_CONTAINER_TYPE: 'sidecar',
  ECI_CONTAINER_IGNORE_EXIT_CODE: 'true',
};

/** The create call of the rich job, written by hand from the API reference of CreateContainerGroup. */
export const CALL = flat({
  RegionId: 'cn-beijing',
  ClientToken: 'TOKEN',
  ContainerGroupName: 'ci-p77-j4711-ATTEMPT',
  SecurityGroupId: 'sg-emulator',
  VSwitchId: 'vsw-h',
  ScheduleStrategy: 'VSwitchOrdered',
  Cpu: '8',
  Memory: '16',
  SpotStrategy: 'SpotWithPriceLimit',
  SpotDuration: '1',
  SpotPriceLimit: '2.5',
  RestartPolicy: 'Never',
  ActiveDeadlineSeconds: 'LIFETIME',
  MaxPendingMinute: '11',
  TerminationGracePeriodSeconds: '30',
  AutoMatchImageCache: 'true',
  Tag: [
    tag('team', 'shop'),
    tag('managed-by', 'gitlab-eci-executor'),
    tag('gitlab-eci-manager', 'test'),
    tag('gitlab-eci-host', 'HOST'),
    tag('gitlab-eci-instance', 'INSTANCE'),
    tag('gitlab-eci-gitlab', 'gitlab.example.com'),
    tag('gitlab-eci-project', '77'),
    tag('gitlab-eci-pipeline', '4412'),
    tag('gitlab-eci-job', '4711'),
    tag('gitlab-eci-attempt', 'ATTEMPT'),
    tag('gitlab-eci-try', '1'),
    tag('gitlab-eci-deadline', 'DEADLINE'),
    tag('gitlab-eci-seconds', 'SECONDS'),
  ],
  HostAliase: [{ Ip: '127.0.0.1', Hostname: ['registry.example.com-service', 'web'] }],
  ImageRegistryCredential: [{ Server: 'private.example.com', UserName: 'robot', Password: 'correct-horse-battery' }],
  InitContainer: [
    {
      Name: 'agent',
      Image: 'registry.example.com/eci-agent:1',
      ImagePullPolicy: 'IfNotPresent',
      Command: [
        '/eci-agent',
        'install',
        '--dest',
        '/eci-executor/agent',
        '--keys',
        '/eci-executor/keys-source/helper:/eci-executor/keys-helper',
        '--keys',
        '/eci-executor/keys-source/build:/eci-executor/keys-build',
      ],
      VolumeMount: [
        mount('eci-agent', '/eci-executor/agent'),
        mount('eci-keys', '/eci-executor/keys-source', READ_ONLY),
        mount('eci-keys-helper', '/eci-executor/keys-helper'),
        mount('eci-keys-build', '/eci-executor/keys-build'),
      ],
    },
  ],
  Container: [
    { ...agent('helper', '22022'), Image: 'registry.example.com/helper:1', ImagePullPolicy: 'IfNotPresent' },
    {
      ...agent('build', '22023'),
      Image: 'private.example.com/shop/app:1',
      ImagePullPolicy: 'Always',
      Memory: '6',
      SecurityContext: { RunAsUser: '1000' },
      SecurityContextRunAsGroup: '1000',
    },
    {
      Name: 'web',
      Image: 'registry.example.com/service:1',
      ImagePullPolicy: 'IfNotPresent',
      Memory: '0.5',
      Arg: ['8080'],
      EnvironmentVar: Object.entries(SERVICE_ENVIRONMENT).map(([Key, Value]) => ({ Key, Value })),
      EnvironmentVarHide: 'true',
      Stdin: 'true',
      VolumeMount: [mount('builds', '/builds'), mount('keep', '/keep')],
    },
  ],
  Volume: [
    emptyDir('eci-agent'),
    {
      Name: 'eci-keys',
      Type: 'ConfigFileVolume',
      ConfigFileVolume: {
        ConfigFileToPath: [
          { Path: 'helper/host_key', Content: 'PRIVATE KEY' },
          { Path: 'helper/authorized_keys', Content: 'PUBLIC KEY' },
          { Path: 'build/host_key', Content: 'PRIVATE KEY' },
          { Path: 'build/authorized_keys', Content: 'PUBLIC KEY' },
        ],
      },
    },
    ...['eci-keys-helper', 'eci-run-helper', 'eci-keys-build', 'eci-run-build', 'builds', 'cache'].map(emptyDir),
    { Name: 'keep', Type: 'NFSVolume', NFSVolume: { Server: 'nas.example.com', Path: '/projects/77' } },
  ],
});
