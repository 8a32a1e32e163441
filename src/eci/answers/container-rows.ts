import type { AnswerRow } from './answer.ts';

/** The way to a registry, not its answer (runner: `common/classify_image_pull_failure.go`); an image's own name may hold any word of the next. */
const NO_WAY =
  /dial tcp|connection refused|connection reset|no such host|i\/o timeout|tls handshake|client\.timeout exceeded|request canceled|toomanyrequests/i;

/** A registry that speaks plain http, or shows a certificate that nobody vouches for. */
const UNTRUSTED = /x509: |server gave HTTP response to HTTPS client/i;

/** Texts of registries and container runtimes that no repetition changes. */
const PERMANENT_PULL =
  /not found|manifest unknown|unauthori[sz]ed|denied|forbidden|no basic auth|authentication required|invalid reference|does not exist/i;

/** Of containerd, and of Docker's registry client. What ECI itself says is not documented. */
const NO_VARIANT = /no match for platform in manifest|no matching manifest for/i;

/** The group's architecture comes from the job, else from the settings. */
export const OTHER_ARCHITECTURE =
  'Take an image that has a variant for it, or choose the architecture that the image has: image:docker:platform, cpu_architecture in the settings.';

/** The kubelet's reasons for an image that does not come (kubelet: `images/types.go`). */
const PULL_REASONS = ['ErrImagePull', 'ImagePullBackOff', 'ImageInspectError', 'RegistryUnavailable'];

/** The platform repeats a pull itself, with growing pauses; image_pull_timeout bounds it. */
const PASSING_PULL: AnswerRow = {
  codes: PULL_REASONS,
  class: 'image',
  means: 'repeat',
  say: 'pulling the image fails so far',
  fault: 'platform',
  hint: 'Use a registry in the VPC or an image cache, or raise image_pull_timeout.',
};

/** Reasons of a container's state. The kubelet's own list; ECI shows them unchanged ("Lifecycle of an elastic container instance"). */
export const CONTAINER_ROWS: readonly AnswerRow[] = [
  {
    codes: ['InvalidImageName', 'ErrImageNeverPull'],
    class: 'image',
    means: 'give-up',
    say: 'image cannot be pulled',
    fault: 'owner',
    hint: "Check the image's name and tag, and that the registry lets the group read it.",
  },
  { ...PASSING_PULL, text: NO_WAY },
  {
    codes: PULL_REASONS,
    text: UNTRUSTED,
    class: 'image',
    means: 'give-up',
    say: 'registry cannot be trusted',
    fault: 'operator',
    hint: 'Name the registry in insecure_registries or, if it speaks plain http, in plain_http_registries.',
  },
  {
    codes: PULL_REASONS,
    text: NO_VARIANT,
    class: 'image',
    means: 'give-up',
    say: 'image has no variant for the architecture',
    fault: 'owner',
    hint: OTHER_ARCHITECTURE,
  },
  {
    codes: PULL_REASONS,
    text: PERMANENT_PULL,
    class: 'image',
    means: 'give-up',
    say: 'image cannot be pulled',
    fault: 'owner',
    hint: "Check the image's name and tag, and that the registry lets the group read it.",
  },
  PASSING_PULL,
  {
    codes: [
      'CreateContainerConfigError',
      'CreateContainerError',
      'RunContainerError',
      'CrashLoopBackOff',
      'ContainerCannotRun',
    ],
    class: 'container',
    means: 'give-up',
    say: 'container cannot start',
    fault: 'owner',
    hint: 'Check the image.',
  },
  {
    codes: ['OOMKilled'],
    class: 'container',
    means: 'give-up',
    say: 'container ran out of memory',
    fault: 'owner',
    hint: 'Take a larger type or size, or let the job use less memory.',
  },
];
