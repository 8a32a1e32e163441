import { FEATURE_FLAGS } from './feature-flags.ts';
import type { Image, JobPayload, JobVariable } from './payload.ts';
import type { RunnerSettings } from './settings.ts';
import { internal, Variables } from './variables.ts';

/** Where this attempt builds; empty before the first config call has answered. */
export interface BuildPlace {
  readonly rootDir: string;
  readonly buildDir: string;
}

/**
 * All variables of a job, lowest precedence first: feature flags, what the runner knows, the job's own, what the runner adds behind them
 * (runner: `Build.GetAllVariables`).
 */
export function jobVariables(
  payload: JobPayload,
  settings: RunnerSettings,
  place: BuildPlace,
  timeoutMs: number,
): Variables {
  const flags = [...FEATURE_FLAGS].map(([name, byDefault]) =>
    internal(name, String(settings.featureFlags[name] ?? flagOfJob(payload, name) ?? byDefault)),
  );
  const before = [
    ...(payload.image.name === '' ? [] : [internal('CI_JOB_IMAGE', payload.image.name)]),
    internal('CI_RUNNER_SHORT_TOKEN', settings.shortToken),
    internal('CI_BUILDS_DIR', place.rootDir),
    internal('CI_PROJECT_DIR', place.buildDir),
    internal('CI_CONCURRENT_ID', String(settings.concurrentId)),
    internal('CI_CONCURRENT_PROJECT_ID', String(settings.concurrentProjectId)),
    internal('CI_SERVER', 'yes'),
    internal('CI_JOB_STATUS', 'running'),
    internal('CI_JOB_TIMEOUT', String(Math.trunc(timeoutMs / 1000))),
  ];
  const after = [
    internal('CI_SHARED_ENVIRONMENT', 'true'),
    internal('CI_RUNNER_VERSION', settings.version),
    internal('CI_RUNNER_REVISION', settings.revision),
    internal('CI_RUNNER_EXECUTABLE_ARCH', 'linux/amd64'),
    internal('RUNNER_TEMP_PROJECT_DIR', `${place.buildDir}.tmp`),
  ];
  const own = payload.variables.filter(({ key }) => !FEATURE_FLAGS.has(key));
  return new Variables([...flags, ...before, ...own, ...after]).expand();
}

/** Flags whose value is not their default, for the log's third line. */
export const changedFlags = (variables: Variables): string =>
  [...FEATURE_FLAGS]
    .filter(([name, byDefault]) => variables.value(name) !== String(byDefault))
    .map(([name]) => `${name}:${variables.value(name)}`)
    .join(', ');

/** CI_JOB_SERVICES: empty without services, else what the job says of them, with only the first alias. */
export function jobServices(services: readonly Image[], variables: Variables): string {
  if (services.length === 0) return '';
  return escapeJson(
    JSON.stringify(
      services.map((service) => ({
        name: service.name,
        alias: service.alias?.split(/[\s,]+/)[0] ?? '',
        entrypoint: service.entrypoint ?? null,
        command: service.command ?? null,
        ...(service.variables?.length ? { variables: serviceVariables(service.variables, variables) } : {}),
      })),
    ),
  );
}

/** Go's encoder writes these characters as escapes, within strings, the only place where they can stand. */
export const escapeJson = (json: string): string =>
  json.replace(/[<>&\u2028\u2029]/g, (each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, '0')}`);

function serviceVariables(own: readonly JobVariable[], variables: Variables): Record<string, string> {
  const expanded = new Variables([...variables, ...own]).expand();
  return Object.fromEntries(own.map(({ key }) => [key, expanded.value(key)]));
}

function flagOfJob(payload: JobPayload, name: string): boolean | undefined {
  const value = payload.variables.findLast(({ key }) => key === name)?.value;
  return value === undefined ? undefined : /^(1|t|true)$/i.test(value);
}
