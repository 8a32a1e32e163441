import type { Secrets } from './encodings.ts';

/** What every secret has in it that a test plants: no word, and the same in all kinds of quotes. */
export const MARK = 'pl4nted-';

/** What is recognisable in the secrets of all tests, whichever process has made them. */
export const MARKS: Secrets = new Map([
  ['a planted secret', MARK],
  ['the token of a job', 'glcbt-64_token-of-job-'],
  ['a private key', 'b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZWQyNTUx'],
]);
