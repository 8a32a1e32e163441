import * as z from 'zod';
import { decimal, flag, int, list, relativePath, text } from './leaf-types.ts';

/** Container.N and InitContainer.N of CreateContainerGroup. */
const httpGet = z.strictObject({
  Path: text().optional(),
  Port: int(1, 65535),
  Scheme: z.enum(['HTTP', 'HTTPS']).optional(),
});
const probe = z
  .strictObject({
    Exec: z.strictObject({ Command: list(text(0, 256), 20) }).optional(),
    HttpGet: httpGet.optional(),
    TcpSocket: z.strictObject({ Port: int(1, 65535) }).optional(),
    InitialDelaySeconds: int().optional(),
    PeriodSeconds: int().optional(),
    TimeoutSeconds: int().optional(),
    SuccessThreshold: int().optional(),
    FailureThreshold: int().optional(),
  })
  .refine(
    ({ Exec, HttpGet, TcpSocket }) => [Exec, HttpGet, TcpSocket].filter((each) => each !== undefined).length === 1,
    'it needs exactly one of Exec, HttpGet and TcpSocket',
  );

/** Flat, other than the probes: `LifecyclePostStartHandlerHttpGetHost`, `LifecyclePreStopHandlerExec.1`. */
const handler = <Name extends 'PostStart' | 'PreStop'>(name: Name) => {
  const prefix = `Lifecycle${name}Handler` as const;
  return {
    [`${prefix}Exec`]: list(text(0, 256), 20).optional(),
    [`${prefix}HttpGetHost`]: text().optional(),
    [`${prefix}HttpGetPath`]: text().optional(),
    [`${prefix}HttpGetPort`]: int(1, 65535).optional(),
    [`${prefix}HttpGetScheme`]: z.enum(['HTTP', 'HTTPS']).optional(),
    [`${prefix}HttpGetHttpHeader`]: list(z.strictObject({ Name: text(1), Value: text() }), 20).optional(),
    [`${prefix}TcpSocketHost`]: text().optional(),
    [`${prefix}TcpSocketPort`]: int(1, 65535).optional(),
  };
};

const port = z.strictObject({ Port: int(1, 65535), Protocol: z.enum(['TCP', 'UDP']) });

const environmentVariable = z.strictObject({
  Key: text(1, 128).regex(/^[a-zA-Z_][0-9a-zA-Z_]*$/, 'allowed are letters, digits and underscores, no digit first'),
  Value: text(0, 256).optional(),
  FieldRef: z.strictObject({ FieldPath: z.literal('status.podIP', 'only status.podIP is known') }).optional(),
});

const volumeMount = z.strictObject({
  Name: text(1, 128),
  MountPath: text(1, 1024),
  ReadOnly: flag.optional(),
  SubPath: relativePath(0).optional(),
  MountPropagation: z.enum(['None', 'HostToContainer', 'Bidirectional']).optional(),
});

const initFields = {
  Name: text(1, 128),
  Image: text(1, 255),
  Cpu: decimal.optional(),
  Memory: decimal.optional(),
  Gpu: int().optional(),
  Command: list(text(0, 256), 20).default([]),
  Arg: list(text(0, 256), 10).default([]),
  WorkingDir: text().optional(),
  ImagePullPolicy: z.enum(['Always', 'IfNotPresent', 'Never']).default('IfNotPresent'),
  EnvironmentVar: list(environmentVariable, 240).default([]),
  Port: list(port, 100).default([]),
  VolumeMount: list(volumeMount, 100).default([]),
  SecurityContext: z
    .strictObject({
      Capability: z.strictObject({ Add: list(z.enum(['NET_ADMIN', 'NET_RAW']), 2) }).optional(),
      RunAsUser: int().optional(),
      ReadOnlyRootFilesystem: flag.optional(),
    })
    .optional(),
  TerminationMessagePath: text().optional(),
  TerminationMessagePolicy: text().optional(),
};

export const initContainer = z.strictObject(initFields);

export const container = z.strictObject({
  ...initFields,
  EnvironmentVarHide: flag.optional(),
  SecurityContextRunAsGroup: int().optional(),
  SecurityContextRunAsNonRoot: flag.optional(),
  SecurityContextPrivileged: flag.optional(),
  LivenessProbe: probe.optional(),
  ReadinessProbe: probe.optional(),
  ...handler('PostStart'),
  ...handler('PreStop'),
  Stdin: flag.default(false),
  StdinOnce: flag.default(false),
  Tty: flag.default(false),
});

export type Probe = z.output<typeof probe>;
export type ContainerParameters = z.output<typeof container>;
export type InitContainerParameters = z.output<typeof initContainer>;
