import { describe, expect, it } from 'vitest';
import { type DescribedGroup, startCloud } from './cloud-under-test.ts';
import { FakeMachines } from './fake-machines.ts';
import { ManualClock } from '../support/manual-clock.ts';

const IMAGE = 'registry.example.com/app:1';
const container = (more: Readonly<Record<string, unknown>> = {}) => ({
  Container: [{ Name: 'build', Image: IMAGE, ...more }],
});
const rule = (text: string, name = IMAGE): string => `[[image]]\nname = "${name}"\n${text}\n`;
const reasons = (group: DescribedGroup | undefined): string[] => (group?.Events ?? []).map((event) => event.Reason);

async function startIn(tables: string) {
  const clock = new ManualClock();
  return { clock, ...(await startCloud({ clock, tables })) };
}

describe('an image', () => {
  it.each([
    ['not-found', /not found/],
    ['unauthorized', /401 Unauthorized/],
  ])('that cannot be pulled (%s) keeps its group pending, and is tried again and again', async (pull, why) => {
    const { clock, create, describe: look } = await startIn(rule(`pull = "${pull}"`));
    const id = await create(container());
    await clock.advance(0.021);
    expect((await look(id))?.Containers[0]?.CurrentState).toMatchObject({ State: 'Waiting', Reason: 'ErrImagePull' });
    await clock.advance(0.01);
    expect((await look(id))?.Containers[0]?.CurrentState).toMatchObject({
      Reason: 'ImagePullBackOff',
      Message: `Back-off pulling image "${IMAGE}"`,
    });
    await clock.advance(1);
    const group = await look(id);
    expect(group?.Status).toBe('Pending');
    expect(group?.Events).toMatchObject([
      { Reason: 'UserInstanceTypeSpec' },
      { Type: 'Normal', Reason: 'Pulling' },
      { Type: 'Warning', Reason: 'Failed', Message: expect.stringMatching(why) as string },
      { Type: 'Warning', Reason: 'BackOff' },
    ]);
    // Pauses double: a second holds six attempts of 0.01 s, not fifty.
    expect(group?.Events[1]?.Count).toBeGreaterThan(3);
    expect(group?.Events[1]?.Count).toBeLessThan(9);
  });

  const login = (Server: string, Password: string) => ({ Server, UserName: 'robot', Password });
  const right = login('registry.example.com', 'secret');
  it.each<[string, string, readonly object[], RegExp | undefined]>([
    ['nobody logs in', '', [], /no basic auth credentials/],
    ['the login is for another one', '', [login('registry.example.co', 'secret')], /no basic auth credentials/],
    ['the login is wrong', '', [login('registry.example.com', 'x')], /401 Unauthorized/],
    [
      'the login for the longest path is wrong',
      '',
      [right, login('registry.example.com/app', 'x')],
      /401 Unauthorized/,
    ],
    ['the login is right', '', [right], undefined],
    ['it speaks plain http', 'protocol = "http"', [right], /HTTP response to HTTPS client/],
    ['it signs for itself', 'protocol = "self-signed"', [right], /x509/],
  ])('of a registry that asks for a login comes, or it is said why not: %s', async (_, keys, logins, why) => {
    const table = '[[registry]]\nname = "registry.example.com"\nusername = "robot"\npassword = "secret"\n';
    const { clock, create, describe: look } = await startIn(`${table}${keys}`);
    const id = await create({ ...container(), ImageRegistryCredential: logins });
    await clock.advance(0.021);
    const failed = (await look(id))?.Events.find((event) => event.Reason === 'Failed')?.Message;
    if (why === undefined) expect(failed).toBeUndefined();
    else expect(failed).toMatch(why);
  });

  it('that the machines do not have is not found, unless its container is to end by a rule anyway', async () => {
    const machines = new FakeMachines({ images: ['busybox:1'] });
    const tables = rule('exit_code = 3', 'ends:1');
    const { create, describe: look, reaches } = await startCloud({ machines, tables });
    const id = await create(container());
    await expect
      .poll(async () => (await look(id))?.Events.map((event) => event.Message))
      .toContain(
        `Failed to pull image "${IMAGE}": rpc error: code = NotFound desc = failed to resolve reference: not found`,
      );
    const once = { RestartPolicy: 'Never' };
    await reaches(await create({ ...container({ Image: 'ends:1' }), ...once }), 'Failed');
    await reaches(await create({ ...container({ Image: 'busybox:1' }), ...once }), 'Running');
  });

  it('with a passing trouble comes after so many failures', async () => {
    const { clock, create, describe: look } = await startIn(rule('pull = "timeout"\nfailures = 2'));
    const id = await create(container());
    await clock.advance(5);
    const group = await look(id);
    expect(group?.Status).toBe('Running');
    expect(group?.Events.find((event) => event.Reason === 'Failed')?.Count).toBe(2);
  });

  it.each([
    ['with a name that is none', 'pull = "invalid-name"', {}, 'InvalidImageName'],
    ['that may not be pulled and is not there', '', { ImagePullPolicy: 'Never' }, 'ErrImageNeverPull'],
  ])('%s is not tried again', async (_, text, more, reason) => {
    const { clock, create, describe: look } = await startIn(rule(text));
    const id = await create(container(more));
    await clock.advance(100);
    const group = await look(id);
    expect(group?.Containers[0]?.CurrentState).toMatchObject({ State: 'Waiting', Reason: reason });
    expect(reasons(group)).toEqual(['UserInstanceTypeSpec', 'Failed']);
  });

  it('takes its own time, or that of the rule for all', async () => {
    const { clock, create, describe: look } = await startIn(rule('pull_seconds = 50') + rule('pull_seconds = 10', '*'));
    const named = await create(container());
    const other = await create(container({ Image: 'other:1' }));
    await clock.advance(11);
    expect([(await look(named))?.Status, (await look(other))?.Status]).toEqual(['Pending', 'Running']);
    await clock.advance(40);
    expect((await look(named))?.Status).toBe('Running');
  });

  it('can be one whose containers end right after their start', async () => {
    const { clock, create, describe: look, fakes } = await startIn(rule('exit_code = 126'));
    const id = await create(container());
    await clock.advance(1);
    const group = await look(id);
    expect(group).toMatchObject({ Status: 'Failed' });
    expect(group?.Containers[0]?.CurrentState).toMatchObject({ State: 'Terminated', Reason: 'Error', ExitCode: 126 });
    expect(fakes.of(id).calls).not.toContain('start build');
  });

  it('that is on the machine is pulled all the same when the policy is Always', async () => {
    const { clock, create, describe: look } = await startIn(rule('pull = "cached"'));
    const lazy = await create(container());
    const eager = await create(container({ ImagePullPolicy: 'Always' }));
    await clock.advance(1);
    expect(reasons(await look(lazy))).not.toContain('Pulling');
    expect(reasons(await look(eager))).toContain('Pulling');
  });
});

describe('an image cache', () => {
  it('is made after the first miss, and hit from then on by the same images', async () => {
    const { clock, create, describe: look } = await startIn('');
    const first = await create({ ...container(), AutoMatchImageCache: true });
    await clock.advance(1);
    expect(reasons(await look(first))).toEqual(expect.arrayContaining(['ImageCacheMissed', 'ImageCacheAutoCreated']));
    const second = await create({ ...container(), AutoMatchImageCache: true });
    const other = await create({ ...container({ Image: 'other:1' }), AutoMatchImageCache: true });
    await clock.advance(1);
    expect(reasons(await look(second))).toContain('SuccessfulHitImageCache');
    expect((await look(second))?.Events.find((event) => event.Reason === 'Pulled')?.Message).toContain(
      'already present',
    );
    expect(reasons(await look(other))).toContain('ImageCacheMissed');
  });

  it('that is named is hit', async () => {
    const { clock, create, describe: look } = await startIn('[[image_cache]]\nid = "imc-1"');
    const id = await create({ ...container(), ImageSnapshotId: 'imc-1' });
    await clock.advance(1);
    expect((await look(id))?.Events.find((event) => event.Reason === 'SuccessfulHitImageCache')?.Message).toContain(
      'imc-1',
    );
  });

  it('is none of the business of a group that does not ask for one', async () => {
    const { clock, create, describe: look } = await startIn('');
    const id = await create(container());
    await clock.advance(1);
    expect(reasons(await look(id)).filter((reason) => reason.includes('ImageCache'))).toEqual([]);
  });
});
