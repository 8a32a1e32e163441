import { describe, expect, it } from 'vitest';
import { hiding } from '../../src/report/secret-free.ts';
import { errorFields, operatorSecretsIn, suspectsIn } from '../../src/report/unforeseen.ts';

const asItIs = (text: string): string => text;

describe('an error that nobody foresaw', () => {
  it("is told by its name, its frames and a message without a URL's query", () => {
    const error = Object.assign(new TypeError('GET https://h/?AccessKeyId=LTAI1 failed\nsecond line'), {
      data: 'SECRET',
    });
    const fields = errorFields(error, asItIs);
    expect(fields).toMatchObject({ type: 'TypeError', message: 'GET https://h/?[redacted] failed\nsecond line' });
    expect(fields.stack).toMatch(/^\s+at /);
    expect(JSON.stringify(fields)).not.toMatch(/LTAI1|SECRET/);
  });

  it('is told without what the environment holds, masked or not, in whatever form', () => {
    const several = 'first line of a key\nsecond "line" of it';
    const suspects = suspectsIn({
      CUSTOM_ENV_KEY: several,
      CUSTOM_ENV_SHORT: 'short',
      ALIBABA_CLOUD_ACCESS_KEY_SECRET: 'of the operator',
      HTTPS_PROXY: 'http://a:b@proxy',
      HOME: '/home/gitlab-runner',
    });
    const base64 = Buffer.from(several).toString('base64');
    const forms = [several, 'second "line" of it', JSON.stringify(several), encodeURIComponent(several), base64];
    const error = new Error(
      `short in /home/gitlab-runner: ${forms.join(', ')}\n    at of the operator, http://a:b@proxy`,
    );
    const shown = JSON.stringify(errorFields(error, hiding(suspects)));
    expect(shown).not.toMatch(/line|operator|a:b/);
    expect(shown).not.toContain(base64.slice(4, 20));
    expect(shown).toContain('short in /home/gitlab-runner: [MASKED], ');
  });

  it('need not be an Error', () => expect(errorFields('SECRET', asItIs)).toEqual({ type: 'string' }));
});

describe("the operator's secrets in the environment", () => {
  it('are known by their names; variables of the job and ids are none of them', () => {
    const env = {
      ALIBABA_CLOUD_ACCESS_KEY_SECRET: 'key',
      ALIBABA_CLOUD_SECURITY_TOKEN: 'token',
      ALIBABA_CLOUD_ACCESS_KEY_ID: 'id',
      VAULT_SECRET_ID: 'secret-id',
      DOCKER_AUTH_CONFIG: 'logins',
      CUSTOM_ENV_TOKEN: "the job's",
      HOME: '/root',
    };
    expect(operatorSecretsIn(env)).toEqual(['key', 'token', 'secret-id', 'logins']);
  });

  it('are not what says where a secret is, nor a proxy without a login', () => {
    const harmless = {
      http_proxy: 'http://proxy.example.com:3128',
      NO_PROXY: 'localhost,.example.com',
      CREDENTIALS_DIRECTORY: '/run/credentials/gitlab-runner.service',
      ALIBABA_CLOUD_CREDENTIALS_FILE: '/etc/alibabacloud/credentials',
    };
    const secret = { https_proxy: 'http://a:b@proxy', PROXY_PASS: 'of the proxy', http_proxy_auth: 'user:pw' };
    const job = { CUSTOM_ENV_http_proxy: 'http://proxy', CUSTOM_ENV_KEY_FILE: '/builds/key' };
    expect(operatorSecretsIn({ ...harmless, ...secret, ...job })).toEqual(Object.values(secret));
    expect(suspectsIn({ ...harmless, ...secret, ...job })).toEqual(Object.values({ ...secret, ...job }));
  });
});
