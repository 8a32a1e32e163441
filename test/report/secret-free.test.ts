import { describe, expect, it } from 'vitest';
import { withoutSecrets } from '../../src/report/secret-free.ts';

describe('what people are shown', () => {
  it('has no value of a name that holds secrets', () => {
    expect(withoutSecrets({ UserName: 'ci', Password: 'x1', Content: 'key' })).toBe(
      '{"UserName":"ci","Password":"…","Content":"…"}',
    );
  });

  it('has no secret of the job, also where JSON would escape it', () => {
    const secret = 'say "pass\\word"';
    expect(withoutSecrets({ Value: `a ${secret} b` }, [secret])).toBe('{"Value":"a [MASKED] b"}');
    expect(withoutSecrets(`a ${secret} b`, [secret])).toBe('a [MASKED] b');
  });

  it('has no beginning of a secret where a long text is cut', () => {
    const secret = 'glcbt-64_0123456789';
    expect(withoutSecrets(`"x=${secret.slice(0, 10)}…" and "${secret.slice(0, 18)}…"`, [secret])).toBe(
      '"x=[MASKED]…" and "[MASKED]…"',
    );
    expect(withoutSecrets(`glc… and ${secret.slice(0, 10)}`, [secret])).toBe(`glc… and ${secret.slice(0, 10)}`);
  });
});
