import { NO_PRIVILEGES } from './sections/security.ts';

const NO_CLUSTER = 'there is no cluster to speak to';
const NO_NODES = 'there are no nodes; [[vswitch]] and instance_types say where and on what a job runs';
const NO_ESCALATION = 'the create call of ECI cannot forbid or allow it';
const NO_PROFILES = 'the create call of ECI has no such profiles';
const NO_DROP = 'the create call of ECI cannot take capabilities away';
const CLASS_CAPABILITIES = 'capabilities stand by class: build_container_security_context.capabilities.add';
const GROUPS =
  'the create call of ECI has no groups of volumes and no further groups; run_as_group is the one that there is';

/** In the security contexts of the pod and of each class of containers. */
const SECURITY: Readonly<Record<string, string>> = {
  fs_group: GROUPS,
  supplemental_groups: GROUPS,
  selinux_type: NO_PROFILES,
  seccomp_profile: NO_PROFILES,
  app_armor_profile: NO_PROFILES,
  proc_mount: NO_PROFILES,
  allow_privilege_escalation: NO_ESCALATION,
};

const CLASS_CONTEXTS = [
  'build_container_security_context',
  'helper_container_security_context',
  'service_container_security_context',
];
const CONTEXTS = ['pod_security_context', ...CLASS_CONTEXTS];

/** Settings of the Kubernetes executor (runner: `KubernetesConfig`) that have no counterpart here, with why, or what takes their place. */
export const WITHOUT_COUNTERPART: ReadonlyMap<string, string> = new Map([
  ...['host', 'context', 'cert_file', 'key_file', 'ca_file', 'bearer_token', 'bearer_token_overwrite_allowed'].map(
    (name) => [name, NO_CLUSTER] as const,
  ),
  ...['namespace', 'namespace_overwrite_allowed', 'namespace_per_job'].map(
    (name) => [name, 'there are no namespaces; tags and resource_group tell groups apart'] as const,
  ),
  ...['service_account', 'service_account_overwrite_allowed', 'automount_service_account_token'].map(
    (name) => [name, 'there are no service accounts; ram_role gives jobs a role in the account'] as const,
  ),
  ...[
    'node_selector',
    'node_tolerations',
    'node_tolerations_overwrite_allowed',
    'affinity',
    'scheduler_name',
    'runtime_class_name',
    'priority_class_name',
    'autoscaler',
    'pod_disruption_budget',
  ].map((name) => [name, NO_NODES] as const),
  ['pod_labels', 'labels of a container group are its [tags]'],
  [
    'pod_labels_overwrite_allowed',
    'jobs set tags with the annotation eci-custom-tags: pod_annotations_overwrite_allowed',
  ],
  ['pod_annotations', 'what an annotation of ECI says is a setting here'],
  ['pod_spec', 'there is no pod; [parameters] takes more parameters of the create call'],
  ['container_lifecycle', 'the containers are ended by the driver; there are no hooks'],
  ['cap_add', CLASS_CAPABILITIES],
  ['cap_drop', NO_DROP],
  ['allow_privilege_escalation', NO_ESCALATION],
  ['read_only_root_filesystem', 'it stands by class: build_container_security_context.read_only_root_filesystem'],
  [
    'init_permissions_container_security_context',
    'there is no such container: the agent makes what all users may write to',
  ],
  ['logs_base_dir', 'logs and scripts are in a volume of the driver'],
  ['scripts_base_dir', 'logs and scripts are in a volume of the driver'],
  ['pod_termination_grace_period_seconds', 'it is called termination_grace_period_seconds'],
  ['cleanup_grace_period_seconds', 'it is called termination_grace_period_seconds'],
  ['print_pod_warning_events', "the group's warnings are in every job log"],
  ['helper_image_autoset_arch_and_os', 'helper_image has {arch} in it'],
  ...['retry_limit', 'retry_backoff_max', 'retry_limits', 'resource_availability_check_max_attempts'].map(
    (name) => [name, 'each answer of ECI has its own rule: docs/answers.md'] as const,
  ),
  ['suspend_pvc_size', 'a job that is over leaves nothing'],
  ['suspend_pvc_storage_class', 'a job that is over leaves nothing'],
  ...['image_pull_secrets', 'use_service_account_image_pull_secrets'].map(
    (name) => [name, 'there are no secrets of a cluster; whose logins count is in docs/registries.md'] as const,
  ),
  ['volumes.host_path', 'there are no hosts; a shared file system is [[volumes.nfs]]'],
  ['volumes.pvc', 'there are no claims; name the storage itself: [[volumes.nfs]], [[volumes.oss]] or [[volumes.disk]]'],
  [
    'volumes.csi',
    'there are no drivers of a cluster; name the storage itself: [[volumes.nfs]], [[volumes.oss]] or [[volumes.disk]]',
  ],
  ['volumes.config_map', 'there are no config maps; files are [[volumes.config_file]]'],
  ['volumes.secret', "there are no secrets of a cluster; use GitLab's variables of type file"],
  ...CONTEXTS.flatMap((context) => Object.entries(SECURITY).map(([name, why]) => [`${context}.${name}`, why] as const)),
  ...CLASS_CONTEXTS.map((context) => [`${context}.capabilities.drop`, NO_DROP] as const),
  ['pod_security_context.privileged', NO_PRIVILEGES],
  ...['akId', 'akSecret', 'ak_id', 'ak_secret', 'access_key', 'secret_key'].map(
    (name) =>
      [
        `volumes.oss.${name}`,
        'whoever may describe the group would read it; ram_role gives access to the bucket',
      ] as const,
  ),
]);

/** @param path of a setting that does not exist; numbers of tables count for nothing. @returns a sentence for one that the Kubernetes executor has. */
export const ofKubernetes = (path: readonly PropertyKey[]): string | undefined =>
  WITHOUT_COUNTERPART.get(path.filter((key) => typeof key === 'string').join('.'));
