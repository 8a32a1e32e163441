import { expect } from 'vitest';
import type { WireParameters } from '../../src/eci/container-groups.ts';
import { buildContainer } from '../../src/group/build-container.ts';
import { readConfigFiles } from '../../src/group/config-files.ts';
import { createRequest, type GroupFacts } from '../../src/group/create-request.ts';
import { expandedSettings } from '../../src/settings/expanded.ts';
import { facts } from '../support/group-facts.ts';
import { job } from '../support/job.ts';

/** The create call of a job with these settings. */
export async function requestOf(
  top: string,
  tables = '',
  change: Record<string, unknown> = {},
  more: Partial<GroupFacts> = {},
): Promise<Request> {
  const given = facts(top, tables);
  const settings = expandedSettings(given.settings, job(change), {});
  const build = buildContainer(job(change), settings, false);
  const all: GroupFacts = {
    ...given,
    settings,
    build,
    job: job(change),
    configFiles: await readConfigFiles(settings),
    ...more,
  };
  return createRequest(all) as unknown as Request;
}

export interface Request {
  readonly [name: string]: unknown;
  readonly Container: readonly Container[];
  readonly InitContainer: readonly Container[];
  readonly Volume: readonly WireParameters[];
}

export interface Container {
  readonly [name: string]: unknown;
  readonly Name: string;
  readonly VolumeMount: readonly WireParameters[];
}

export const named = (containers: readonly Container[], name: string): Container =>
  containers.find(({ Name }) => Name === name) ?? expect.unreachable();
