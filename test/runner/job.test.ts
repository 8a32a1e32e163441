import { describe, expect, it } from 'vitest';
import { DriverError } from '../../src/driver-error.ts';
import { parseJob } from '../../src/runner/job.ts';
import { job, jobResponse } from '../support/job.ts';

describe('the job response', () => {
  it('gives identity and policy from its structured fields, whatever the variables say', () => {
    const parsed = job({ variables: [{ key: 'CI_JOB_ID', value: '1' }] });
    expect(parsed).toEqual({
      id: 90211,
      name: 'unit',
      projectId: 77,
      projectPath: 'acme/shop',
      pipelineId: 4412,
      isProtected: false,
      gitlabHost: 'gitlab.example.com:8443',
      timeoutSeconds: 3600,
      image: 'node:22',
      pullPolicies: [],
      user: '',
      platform: '',
      entrypoint: [],
      needsHelperProgram: false,
      services: [],
      variables: [{ key: 'CI_JOB_ID', value: '1', isPublic: false, isFile: false, isRaw: false }],
      fetchedSecrets: [],
      registryLogins: [],
      usesCache: false,
      pullsCache: false,
      secrets: ['glcbt-64_secret'],
      showsSections: false,
    });
  });

  it('says whether its GitLab shows sections', () => {
    expect(job({ features: { trace_sections: true } }).showsSections).toBe(true);
    expect(job({ features: null }).showsSections).toBe(false);
  });

  it('may have fields that nobody knows yet, and lack those that are not needed', () => {
    expect(job({ shiny: { new: true }, image: { name: 'a', sparkle: 1 } }).image).toBe('a');
    expect(parseJob('{"id":1,"job_info":{"project_id":2}}')).toMatchObject({
      image: '',
      timeoutSeconds: 7200,
      gitlabHost: '',
    });
  });

  it.each(['artifacts', 'cache', 'dependencies'])('with %s needs the gitlab-runner program in the helper', (field) => {
    expect(job({ [field]: [{}] }).needsHelperProgram).toBe(true);
  });

  it('tells which variables the runner fetches from a store of secrets, files unless they say otherwise', () => {
    const secrets = { A: { vault: {} }, B: { file: false }, C: { file: true }, D: null };
    expect(job({ secrets }).fetchedSecrets.map(({ key, isFile }) => [key, isFile])).toEqual([
      ['A', true],
      ['B', false],
      ['C', true],
      ['D', true],
    ]);
  });

  it('gives its services as they are, without those that have no image', () => {
    const services = [
      {
        name: 'mysql:8',
        alias: 'db,mysql  other',
        ports: [{ number: 3306 }],
        executor_opts: { docker: { user: '$ID' } },
      },
      { name: '', alias: 'none' },
      { name: 'redis', command: ['redis-server'], variables: [{ key: 'A', value: '$B', file: true }] },
    ];
    const bare = { aliases: [], entrypoint: [], command: [], ports: [], variables: [], pullPolicies: [], user: '' };
    expect(parseJob(jobResponse({ services }), { CUSTOM_ENV_ID: '27' }).services).toEqual([
      { ...bare, image: 'mysql:8', aliases: ['db', 'mysql', 'other'], ports: [3306], user: '27' },
      {
        ...bare,
        image: 'redis',
        command: ['redis-server'],
        variables: [{ key: 'A', value: '$B', isPublic: false, isFile: true, isRaw: false }],
      },
    ]);
  });

  it("fills the job's variables into user and platform", () => {
    const image = { name: 'a', executor_opts: { docker: { platform: 'linux/$ARCH', user: '${ID}:$ID' } } };
    const parsed = parseJob(jobResponse({ image }), { CUSTOM_ENV_ARCH: 'arm64', CUSTOM_ENV_ID: '1000' });
    expect(parsed).toMatchObject({ platform: 'linux/arm64', user: '1000:1000' });
  });

  it('gives the logins of registries, and no other credentials', () => {
    const credentials = [
      { type: 'registry', url: 'registry.example.com', username: 'gitlab-ci-token', password: 'glcbt-64_secret' },
      { type: 'other', url: 'x', username: 'y', password: 'z' },
    ];
    expect(job({ credentials }).registryLogins).toEqual([
      { registry: 'registry.example.com', username: 'gitlab-ci-token', password: 'glcbt-64_secret' },
    ]);
  });

  it("that is broken is the operator's problem, and is never quoted", () => {
    for (const text of ['', '{"id":', jobResponse({ id: 'x', job_info: 3 })]) {
      try {
        parseJob(text);
        expect.unreachable();
      } catch (error) {
        expect(error).toBeInstanceOf(DriverError);
        expect((error as DriverError).fault).toBe('operator');
        expect((error as DriverError).message).not.toContain('secret');
      }
    }
    expect(() => parseJob(jobResponse({ id: 'x', job_info: 3 }))).toThrow(/id, job_info/);
  });
});
