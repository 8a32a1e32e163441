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
      gitlabHost: 'gitlab.example.com:8443',
      timeoutSeconds: 3600,
      image: 'node:22',
      pullPolicies: [],
      user: '',
      platform: '',
      entrypoint: [],
      needsHelperProgram: false,
      services: 0,
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
