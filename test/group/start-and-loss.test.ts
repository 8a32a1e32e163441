import { describe, expect, it } from 'vitest';
import { lossOf } from '../../src/group/loss.ts';
import { startState } from '../../src/group/start-state.ts';
import { servicesOf } from '../services/services-of.ts';
import { container, group, warningEvent } from '../support/group.ts';

const waiting = (name: string, reason: string, message = '') => container(name, { state: 'Waiting', reason, message });

describe('a group that starts', () => {
  it('is waited for while images come', () => {
    const pending = group({
      status: 'Pending',
      containers: [waiting('helper', 'ContainerCreating'), waiting('build', '')],
    });
    expect(startState('eci-1', pending)).toEqual({
      kind: 'starting',
      doing: 'pulling images, starting containers',
      pulling: true,
    });
  });

  it('is waited for while a pull fails for a reason that may pass', () => {
    const pending = group({
      status: 'Pending',
      containers: [container('helper'), waiting('build', 'ImagePullBackOff', 'Back-off pulling image')],
      events: [warningEvent('Failed', 'Failed to pull image "registry.example.com/build:1": dial tcp: i/o timeout')],
    });
    expect(startState('eci-1', pending)).toMatchObject({ kind: 'starting', pulling: true });
  });

  it.each([
    ['build', 'user'],
    ['helper', 'operator'],
  ] as const)("fails when %s's image does not exist, by the fault of its owner: %s", (name, fault) => {
    const other = name === 'build' ? 'helper' : 'build';
    const pending = group({
      status: 'Pending',
      containers: [container(other), waiting(name, 'ImagePullBackOff', 'Back-off pulling image')],
      events: [warningEvent('Failed', `Failed to pull image "registry.example.com/${name}:1": not found`)],
    });
    expect(startState('eci-1', pending)).toMatchObject({ kind: 'failed', fault });
  });

  it.each([
    'Head "https://registry.example.com/v2/": http: server gave HTTP response to HTTPS client',
    'tls: failed to verify certificate: x509: certificate signed by unknown authority',
  ])("fails by the operator's fault when a registry is not one to be trusted: %s", (text) => {
    const pending = group({
      status: 'Pending',
      containers: [container('helper'), waiting('build', 'ErrImagePull', text)],
    });
    expect(startState('eci-1', pending)).toMatchObject({ kind: 'failed', fault: 'operator' });
  });

  it('is waited for when there is no way to a registry, whatever its images are called', () => {
    const image = 'registry.example.com/denied/not found';
    const text = `Failed to pull image "${image}": dial tcp 10.0.0.9:443: connect: connection refused`;
    const build = { ...waiting('build', 'ErrImagePull', text), image };
    expect(startState('eci-1', group({ status: 'Pending', containers: [build] }))).toMatchObject({
      kind: 'starting',
      pull: { container: 'build', image, text, mayPass: true },
    });
  });

  it("is not failed by another image's event", () => {
    const pending = group({
      status: 'Pending',
      containers: [container('helper'), waiting('build', 'ErrImagePull', 'dial tcp: i/o timeout')],
      events: [warningEvent('Failed', 'Failed to pull image "registry.example.com/old:1": not found')],
    });
    expect(startState('eci-1', pending).kind).toBe('starting');
  });

  it('fails when a container ends before the job starts', () => {
    const ended = { state: 'Terminated', reason: 'Error', exitCode: 127 };
    expect(startState('eci-1', group({ containers: [container('helper'), container('build', ended)] }))).toMatchObject({
      kind: 'failed',
      fault: 'user',
    });
    expect(startState('eci-1', group({ containers: [container('helper', ended), container('build')] }))).toMatchObject({
      kind: 'failed',
      fault: 'operator',
    });
    expect(
      startState('eci-1', group({ status: 'Pending', initContainers: [container('agent', ended)] })),
    ).toMatchObject({
      kind: 'failed',
      fault: 'operator',
    });
  });

  it("goes on when the operator's init containers end well, and fails by the operator's fault when one does not", () => {
    const ended = (exitCode: number) => container('warm-up', { state: 'Terminated', reason: 'Error', exitCode });
    const pending = (exitCode: number) =>
      group({ status: 'Pending', initContainers: [ended(exitCode)], containers: [waiting('build', '')] });
    expect(startState('eci-1', pending(0)).kind).toBe('starting');
    expect(startState('eci-1', pending(3))).toMatchObject({
      kind: 'failed',
      fault: 'operator',
      hint: expect.stringContaining('the container warm-up of init_containers') as string,
    });
  });

  it.each(['Failed', 'Expired', 'Terminating', 'ScheduleFailed'])(
    'fails through the platform in status %s',
    (status) => {
      expect(startState('eci-1', group({ status }))).toMatchObject({ kind: 'failed', fault: 'platform' });
    },
  );

  it.each(['Expired', 'Terminating'])(
    'fails through the platform in status %s, whatever its containers ended with',
    (status) => {
      const ended = { state: 'Terminated', reason: 'Completed', exitCode: 0 };
      const stopped = group({ status, containers: [container('helper', ended), container('build', ended)] });
      expect(startState('eci-1', stopped)).toMatchObject({ kind: 'failed', fault: 'platform' });
    },
  );

  it.each([
    ['DeadlineExceeded', /reached its deadline while it was starting/],
    ['SpotToBeReleased', /was reclaimed by Alibaba Cloud while it was starting/],
  ])('fails through the platform that ends its containers after %s, before its status says so', (reason, sentence) => {
    const ended = { state: 'Terminated', reason: 'Completed', exitCode: 0 };
    const stopped = group({
      containers: [container('helper'), container('build', ended)],
      events: [warningEvent(reason, '')],
    });
    expect(startState('eci-1', stopped)).toMatchObject({
      kind: 'failed',
      fault: 'platform',
      sentence: expect.stringMatching(sentence) as string,
    });
  });

  it('is waited for when a reclaim is announced', () => {
    const pending = group({
      status: 'Pending',
      containers: [container('helper'), waiting('build', 'ContainerCreating')],
      events: [warningEvent('SpotToBeReleased', '')],
    });
    expect(startState('eci-1', pending).kind).toBe('starting');
  });

  it('fails through the platform when it disappears', () => {
    expect(startState('eci-1', undefined)).toMatchObject({ kind: 'failed', fault: 'platform' });
  });

  it('runs', () => expect(startState('eci-1', group())).toEqual({ kind: 'running' }));
});

describe('a group with services that starts', () => {
  const { services } = servicesOf({
    services: [{ name: 'registry.example.com/db:1', alias: 'db' }],
    tables: '[[services]]\nname = "registry.example.com/cache:1"\nalias = "cache"',
  });
  const withServices = (...containers: ReturnType<typeof container>[]) =>
    group({ status: 'Pending', containers: [container('helper'), container('build'), ...containers] });
  const ended = { state: 'Terminated', reason: 'Error', exitCode: 1 };

  it('runs though a service has ended', () => {
    const pending = withServices(container('db', ended), container('cache'));
    expect(startState('eci-1', pending, services)).toEqual({ kind: 'running' });
  });

  it('does not run while a service is waited for', () => {
    const pending = withServices(container('db', ended), waiting('cache', 'ContainerCreating'));
    expect(startState('eci-1', pending, services)).toMatchObject({ kind: 'starting' });
  });

  it.each([
    ['db', 'user', /^Check the image's name/],
    ['cache', 'operator', /^Check \[\[services\]\] in the settings/],
  ] as const)(
    'fails when the image of %s cannot be pulled for good, by the fault of its owner: %s',
    (name, fault, hint) => {
      const pending = withServices(waiting(name, 'ErrImagePull', 'manifest unknown: not found'));
      expect(startState('eci-1', pending, services)).toMatchObject({
        kind: 'failed',
        fault,
        sentence: expect.stringMatching(
          new RegExp(`^The image registry.example.com/${name}:1 of the container ${name} cannot be pulled`),
        ) as string,
        hint: expect.stringMatching(hint) as string,
      });
    },
  );
});

describe('a group under a running script', () => {
  it('goes on without a service', () => {
    const killed = container('db', { state: 'Terminated', reason: 'OOMKilled', exitCode: 137 });
    const found = group({ containers: [container('helper'), container('build'), killed] });
    expect(lossOf('eci-1', found, 'build')).toBeUndefined();
    expect(lossOf('eci-1', found, 'helper')).toBeUndefined();
  });

  it('is not lost while it runs', () => expect(lossOf('eci-1', group(), 'build')).toBeUndefined());

  it.each([
    [undefined, /no longer exists/],
    [group({ status: 'Expired' }), /reclaimed/],
    [group({ status: 'Expired', isSpot: false }), /because the account owes money\. Its owner has to settle that/],
    [
      group({ status: 'Expired', events: [warningEvent('InsufficientBalance', '')] }),
      /because the account owes money\. Its owner has to settle that/,
    ],
    [group({ status: 'Terminating' }), /being deleted/],
    [group({ status: 'Failed', events: [warningEvent('Other', 'as ECI says it')] }), /\(Failed: as ECI says it\)/],
    [
      group({
        containers: [container('helper', { state: 'Terminated', reason: 'Error', exitCode: 1 }), container('build')],
      }),
      /helper .* ended/,
    ],
  ])('is lost, and the sentence says why: %#', (found, sentence) => {
    expect(lossOf('eci-1', found, 'build')).toEqual({
      kind: 'group-lost',
      sentence: expect.stringMatching(sentence) as string,
    });
  });

  it.each([
    ['DeadlineExceeded', /reached its deadline/],
    ['SpotToBeReleased', /was reclaimed/],
    ['SystemFailureReboot', /The host under .* failed/],
  ])('whose containers end after %s is lost to that, before its status says so', (reason, sentence) => {
    const stopped = group({
      containers: [container('helper', { state: 'Terminated', reason: 'Completed', exitCode: 0 }), container('build')],
      events: [warningEvent(reason, '')],
    });
    expect(lossOf('eci-1', stopped, 'build')).toMatchObject({ sentence: expect.stringMatching(sentence) as string });
  });

  it('is not lost while a reclaim is only announced', () => {
    expect(lossOf('eci-1', group({ events: [warningEvent('SpotToBeReleased', '')] }), 'build')).toBeUndefined();
  });

  it('whose build container ran out of memory goes on for the helper: artifacts and cache follow', () => {
    const killed = container('build', { state: 'Terminated', reason: 'OOMKilled', exitCode: 137 });
    for (const events of [[], [warningEvent('SpotToBeReleased', '')]])
      expect(lossOf('eci-1', group({ containers: [container('helper'), killed], events }), 'helper')).toBeUndefined();
  });

  it("whose build container ran out of memory is the script's own 137", () => {
    const oom = group({
      status: 'Failed',
      containers: [
        container('helper'),
        container('build', { state: 'Terminated', reason: 'OOMKilled', exitCode: 137 }),
      ],
    });
    expect(lossOf('eci-1', oom, 'build')).toEqual({ kind: 'signalled', signal: 'KILL', oom: true });
    expect(lossOf('eci-1', oom, 'helper')?.kind).toBe('group-lost');
  });

  it('that was reclaimed is reclaimed, whatever its containers say', () => {
    const killed = group({
      status: 'Expired',
      containers: [container('build', { state: 'Terminated', reason: 'OOMKilled', exitCode: 137 })],
    });
    expect(lossOf('eci-1', killed, 'build')?.kind).toBe('group-lost');
  });
});
