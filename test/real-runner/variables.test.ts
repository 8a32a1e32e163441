import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { JobFields } from '../standin/job.ts';
import { scriptFailure, SUCCESS, SYSTEM_FAILURE } from './cases/case.ts';
import { describeReal, ownWorld, runOwn } from './own-job.ts';

const VALUES: readonly string[] = [
  '-----BEGIN KEY-----\nMIIB  two  blanks\n\tand a tab\n\n-----END KEY-----\n',
  `it's "quoted" \`and\` \\escaped\\ \\n`,
  'a$HOME ${HOME} $$ $(id) %s %d {a,b} * ? ~ !x #y & ; | < >',
  '容器组 ünïcödé 🚀',
  '-n -e --help',
  '  a  b  ',
  'a\x01\x1b[31mb\x7f\r',
  '',
];

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

const SECRET = 'hidden-value-42';
const masked = { SECRET: { value: SECRET, masked: true } };

describeReal('a variable of a job on the real runner', () => {
  it('has exactly its value, whatever it holds, and so has its file', async () => {
    const both = VALUES.flatMap((value, index) => [
      [`VALUE_${index}`, { value, raw: true }] as const,
      [`FILE_${index}`, { value, raw: true, file: true }] as const,
    ]);
    const script = VALUES.flatMap((_, index) => [
      `echo "VALUE_${index}=$(printf '%s' "$VALUE_${index}" | sha256sum)"`,
      `echo "FILE_${index}=$(sha256sum < "$FILE_${index}")"`,
    ]);
    const job = await runOwn(await ownWorld(), { script, variables: Object.fromEntries(both) });
    expect(job).toMatchObject(SUCCESS);
    const seen = [...job.text.matchAll(/^(\w+)=([0-9a-f]{64}) +-$/gm)].map(([, name, sum]) => [name, sum]);
    expect(seen).toEqual(both.map(([name, { value }]) => [name, sha256(value)]));
  });

  it('that is a file is in the folder beside the checkout, in script and after_script', async () => {
    const show = ['echo "$KEY: $(cat "$KEY")"'];
    const variables = { KEY: { value: 'the key', file: true } };
    const job = await runOwn(await ownWorld(), { script: show, afterScript: show, variables });
    expect(job).toMatchObject(SUCCESS);
    expect(job.text.match(/^\/.+\/builds\/acme\/shop\.tmp\/KEY: the key$/gm)).toHaveLength(2);
  });

  it('is expanded from others, unless it is raw', async () => {
    const job = await runOwn(await ownWorld(), {
      script: ['echo "<$EXPANDED> <$RAW>"'],
      variables: {
        NAME: 'shop',
        EXPANDED: '${NAME}-$NAME-$$NAME',
        RAW: { value: '${NAME}-$NAME-$$NAME', raw: true },
      },
    });
    expect(job.text).toMatch(/^<shop-shop-\$NAME> <\$\{NAME\}-\$NAME-\$\$NAME>$/m);
  });

  it('that a script writes into GITLAB_ENV is there in after_script', async () => {
    const job = await runOwn(await ownWorld(), {
      script: ['echo "VERSION=1.2 beta" >> "$GITLAB_ENV"'],
      afterScript: ['echo "<$VERSION>"'],
    });
    expect(job.text).toMatch(/^<1\.2 beta>$/m);
  });

  it('that is masked is never shown, on which stream and in how many pieces ever', async () => {
    const job = await runOwn(await ownWorld(), {
      script: [
        'echo "<$SECRET>"',
        'echo "<$SECRET>" >&2',
        'printf "<hidden-"; sleep 0.5; printf "value-" >&2; sleep 0.5; printf "42>\\n"',
        'echo "<$CI_JOB_TOKEN>"',
        'echo "length ${#SECRET}"',
      ],
      variables: masked,
    });
    expect(job).toMatchObject(SUCCESS);
    expect(job.text.match(/^<\[MASKED\]>$/gm)).toHaveLength(4);
    expect(job.text).toMatch(/^length 15$/m);
    expect(job.text + job.runnerLog).not.toContain(SECRET);
  });

  it('that is masked is not shown in our own lines either', async () => {
    const world = await ownWorld({
      scenario: `[[image]]\nname = "registry.example.com/${SECRET}:1"\npull = "not-found"`,
    });
    const job = await runOwn(world, { image: 'registry.example.com/$SECRET:1', variables: masked });
    expect(job).toMatchObject(scriptFailure(1));
    expect(job.text).toMatch(/^ERROR: The image registry\.example\.com\/\[MASKED\]:1 of the container build cannot/m);
    const driverLog = await readFile(join(world.folder, 'state', 'driver.log'), 'utf8');
    expect(driverLog).toContain('[MASKED]:1 of the container build cannot');
    expect(job.text + job.runnerLog + driverLog).not.toContain(SECRET);
  });

  it('may have 100 KB', async () => {
    const job = await runOwn(await ownWorld(), {
      script: ['echo "length ${#BIG}"'],
      variables: { BIG: 'x'.repeat(100_000) },
    });
    expect(job).toMatchObject(SUCCESS);
    expect(job.text).toMatch(/^length 100000$/m);
  });

  const impossible: readonly (readonly [string, NonNullable<JobFields['variables']>, RegExp])[] = [
    ['of 200 KB', { BIG: 'x'.repeat(200_000) }, /argument list too long$/m],
    ['of 1 MB that is a file', { BIG: { value: 'x'.repeat(1_000_000), file: true } }, /argument list too long$/m],
    ['with a zero byte', { ZERO: 'a\0b' }, /environment variable contains NUL$/m],
  ];
  it.each(impossible)('%s lets the runner start no driver at all', async (_name, variables, line) => {
    const world = await ownWorld();
    const job = await runOwn(world, { variables });
    expect(job).toMatchObject({ ...SYSTEM_FAILURE, stages: [] });
    expect(job.text).toMatch(line);
    expect(world.emulator.report().groups.created).toBe(0);
  });
});
