import { parse } from 'yaml';
import { describe, expect, it } from 'vitest';
import { buildContainer } from '../../src/group/build-container.ts';
import { createRequest } from '../../src/group/create-request.ts';
import { refuseDockerInDocker } from '../../src/group/docker-in-docker.ts';
import { groupImages } from '../../src/group/images.ts';
import { parseJob } from '../../src/runner/job.ts';
import { jobServices } from '../../src/services/job-services.ts';
import { jobPayload } from '../standin/job.ts';
import { facts } from '../support/group-facts.ts';
import { settingsOf } from '../support/settings.ts';
import { blocks, read } from './pages.ts';

interface Recipe {
  readonly image: { readonly name: string; readonly entrypoint: readonly string[] };
  readonly services?: readonly { readonly name: string }[];
  readonly script: readonly string[];
}

describe.each(['docs/faq.md', 'docs/faq.zh-CN.md'])('%s', async (page) => {
  const [yaml] = blocks(await read(page)).filter(({ language }) => language === 'yaml');
  const { 'build-image': recipe } = parse(yaml?.code ?? '') as { 'build-image': Recipe };
  const { image, services = [], script } = recipe;
  const job = parseJob(
    JSON.stringify(jobPayload({ image: image.name, entrypoint: image.entrypoint, services, script })),
  );

  it('builds images by a job whose group the driver asks for, without privileges and without a service', () => {
    expect(() => refuseDockerInDocker(jobServices(job, settingsOf(), {}).services)).not.toThrow();
    const given = facts();
    const [build, images] = [buildContainer(job, given.settings, false), groupImages(job, given.settings, '19.4.0')];
    const { Container } = createRequest({ ...given, job, build, images }) as { Container: Record<string, unknown>[] };
    expect(Container.map(({ Name }) => Name)).toEqual(['helper', 'build']);
    expect(Container[1]).toMatchObject({ Image: image.name });
    expect(Container[1]).not.toHaveProperty('SecurityContext');
    expect(job.services).toEqual([]);
  });

  it('uses variables that GitLab gives every job with a registry', () => {
    const names = [...script.join('\n').matchAll(/\$(CI_\w+)/g)].map(([, name]) => name);
    expect([...new Set(names)].sort()).toEqual([
      'CI_COMMIT_SHORT_SHA',
      'CI_PROJECT_DIR',
      'CI_REGISTRY',
      'CI_REGISTRY_IMAGE',
      'CI_REGISTRY_PASSWORD',
      'CI_REGISTRY_USER',
    ]);
  });
});
