import { describe, expect, it } from 'vitest';
import { IDENTITY_VARIABLES, identityOf } from '../../src/runner/identity.ts';
import { job } from '../support/job.ts';

describe('variables that say which job it is', () => {
  it("come from the response's own fields", () => {
    expect(identityOf(job())).toMatchObject({
      CUSTOM_ENV_CI_PROJECT_ID: '77',
      CUSTOM_ENV_CI_PROJECT_PATH: 'acme/shop',
    });
  });

  it('are no place of files where many projects may share them', () => {
    expect(IDENTITY_VARIABLES.has('CI_PROJECT_ID')).toBe(true);
    expect(IDENTITY_VARIABLES.has('CI_PROJECT_NAME')).toBe(false);
  });

  it('have no path where GitLab tells a name only, which others may have too', () => {
    const job_info = { name: 'unit', project_id: 77, project_name: 'shop' };
    expect(identityOf(job({ job_info })).CUSTOM_ENV_CI_PROJECT_PATH).toBe('');
  });
});
