import { describe, expect, it } from 'vitest';
import { type ContainerGroup, type ContainerState, EciError } from '../../src/eci/container-groups.ts';
import { waitUntilReady } from '../../src/group/wait-ready.ts';
import { PullPlan } from '../../src/registries/pull-policies.ts';
import { untilAborted } from '../support/aborted.ts';
import { containerGroups } from '../support/container-groups.ts';
import { container, group, warningEvent } from '../support/group.ts';
import type { Service } from '../../src/services/service.ts';
import { servicesOf } from '../services/services-of.ts';
import { jobLogOf } from '../support/job-log.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { settingsOf } from '../support/settings.ts';

const pulling = (change: Partial<ContainerGroup> = {}) =>
  group({
    status: 'Pending',
    containers: [container('helper', { state: 'Waiting' }), container('build', { state: 'Waiting' })],
    ...change,
  });

const NO_OTHER_POLICY = new PullPlan(new Map());

/** Waits for a group that a test describes second by second. */
function wait(
  describeAt: (seconds: number, signal?: AbortSignal) => Promise<ContainerGroup | undefined>,
  answersAt: number,
  top = '',
  {
    pulls = NO_OTHER_POLICY,
    services = [],
    allEvents = false,
  }: { pulls?: PullPlan; services?: readonly Service[]; allEvents?: boolean } = {},
) {
  const clock = new ManualClock();
  const start = clock.now();
  const seconds = (): number => (clock.now() - start) / 1000;
  const lines: string[] = [];
  let looks = 0;
  const groups = containerGroups({ describe: (_, signal) => (looks++, describeAt(seconds(), signal)) });
  const ready = waitUntilReady(pulling(), settingsOf(top), {
    groups,
    log: jobLogOf((text) => lines.push(`${Math.round(seconds())} ${text.trim()}`)),
    clock,
    signal: new AbortController().signal,
    services,
    allEvents,
    agents: {
      answer: async (signal, others) => void (await Promise.all([clock.sleep(answersAt * 1000, signal), others])),
      late: () => ({ status: 'helper: connection refused', fault: 'operator', hint: 'Look.' }),
    },
    pulls,
  });
  return { ready, clock, lines, looks: () => looks };
}

describe('a group that is waited for', () => {
  it('is ready when its agents answer, though the last look at it failed', async () => {
    const broken = new EciError({ action: 'A', code: 'InternalError', message: 'm', httpStatus: 500, ambiguous: true });
    const { ready, clock } = wait(() => Promise.reject(broken), 40);
    await clock.advanceUntil(ready);
    expect((await ready).group.status).toBe('Pending');
  });

  it.each([
    [
      'is refused',
      () =>
        Promise.reject(
          new EciError({ action: 'A', code: 'Forbidden', message: 'm', httpStatus: 403, ambiguous: false }),
        ),
    ],
    ['has no answer', untilAborted],
  ])('is ready when its agents answer, though the last look at it %s', async (_, lastLook) => {
    const { ready, clock } = wait(
      (seconds, signal) => (seconds < 40 ? Promise.resolve(pulling()) : lastLook(signal)),
      40,
    );
    await clock.advanceUntil(ready, 60);
    expect((await ready).group.status).toBe('Pending');
  });

  it('has a line for each change, each warning once, and a heartbeat every 30 seconds', async () => {
    const warned = pulling({ events: [warningEvent('FailedCreatePodSandBox', 'no such network')] });
    const { ready, clock, lines } = wait((seconds) => Promise.resolve(seconds < 100 ? warned : group()), 120);
    await clock.advanceUntil(ready);
    const beats = lines.filter((text) => text.includes('still pulling images'));
    expect(beats.length).toBeGreaterThanOrEqual(2);
    expect(beats.length).toBeLessThanOrEqual(3);
    expect(lines.filter((text) => text.includes('FailedCreatePodSandBox: no such network'))).toHaveLength(1);
    expect(lines.filter((text) => text.includes('running, waiting for its SSH server'))).toHaveLength(1);
  });

  describe('with events of every kind', () => {
    const pullingEvent = { type: 'Normal', reason: 'Pulling', message: 'Pulling image "a"' };
    const started = { type: 'Normal', reason: 'Started', message: 'Started container build' };
    const missed = warningEvent('ImageCacheMissed', 'no cache');
    const before = pulling({ events: [pullingEvent, missed] });
    const after = group({ events: [pullingEvent, missed, started] });
    // Its agents answer before the next look finds it running.
    const start = (allEvents: boolean) =>
      wait((seconds) => Promise.resolve(seconds < 30 ? before : after), 30.5, '', { allEvents });
    const EVENT = /Pulling image|no cache|Started container|^\d+ Type/;

    it('has them all in its log where the job asks for it, each once, the last ones too, without one look more', async () => {
      const [all, usual] = [start(true), start(false)];
      for (const { clock, ready } of [all, usual]) await clock.advanceUntil(ready);
      expect(all.lines.filter((text) => EVENT.test(text)).map((text) => text.replace(/^\d+ /, ''))).toEqual([
        'Type     Reason            Message',
        'Normal   Pulling           Pulling image "a"',
        'Warning  ImageCacheMissed  no cache',
        'Normal   Started           Started container build',
      ]);
      expect(usual.lines.filter((text) => EVENT.test(text))).toEqual([]);
      expect(all.looks()).toBe(usual.looks());
    });
  });

  it('is given up when its images do not come in time', async () => {
    const { ready, clock } = wait(() => Promise.resolve(pulling()), 1e6, 'image_pull_timeout = 90');
    const failed = expect(ready).rejects.toMatchObject({
      fault: 'platform',
      message: expect.stringMatching(/did not start within 90 s/) as string,
    });
    await clock.advanceUntil(ready);
    await failed;
  });

  it('is given up when it runs and its agents do not answer, with what its agents say of it', async () => {
    const { ready, clock } = wait(() => Promise.resolve(group()), 1e6, 'ssh_timeout = 60');
    const failed = expect(ready).rejects.toMatchObject({
      fault: 'operator',
      message: expect.stringMatching(/did not answer within 60 s \(helper: connection refused\)/) as string,
      hint: 'Look.',
    });
    await clock.advanceUntil(ready);
    await failed;
  });

  describe('and whose volumes cannot be mounted', () => {
    const message = 'MountVolume.SetUp failed for volume "nas": access denied by server';
    const failing = pulling({ events: [warningEvent('FailedMount', message)] });
    const pulled = { type: 'Normal', reason: 'Pulling', message: 'Pulling image "a"' };

    it('is given up a minute and a half after the first failure, as the fault of the operator', async () => {
      const { ready, clock, lines } = wait((seconds) => Promise.resolve(seconds < 20 ? pulling() : failing), 1e6);
      const begin = clock.now();
      const failed = expect(ready).rejects.toMatchObject({
        fault: 'operator',
        message: expect.stringContaining(`cannot be mounted: ${message}`) as string,
        hint: expect.stringMatching(/\[volumes\].*2049/) as string,
      });
      await clock.advanceUntil(ready);
      await failed;
      expect(Math.abs((clock.now() - begin) / 1000 - 110)).toBeLessThan(20);
      expect(lines.filter((text) => text.includes('mounting volumes fails so far'))).not.toEqual([]);
    });

    it('is given up earlier where image_pull_timeout is shorter, with the same sentence', async () => {
      const { ready, clock } = wait(() => Promise.resolve(failing), 1e6, 'image_pull_timeout = 20');
      const failed = expect(ready).rejects.toMatchObject({
        message: expect.stringContaining('cannot be mounted') as string,
      });
      await clock.advanceUntil(ready);
      await failed;
    });

    it('is waited for on, once they are mounted after all', async () => {
      const later = pulling({ events: [warningEvent('FailedMount', message), pulled] });
      const { ready, clock } = wait((seconds) => Promise.resolve(seconds < 60 ? failing : later), 400);
      await clock.advanceUntil(ready);
      expect((await ready).readyAt).toBeGreaterThan(0);
    });
  });
});

describe('a group with services that is waited for', () => {
  const { services } = servicesOf({ services: [{ name: 'postgres:16', alias: 'db' }] });
  /** Kubernetes' order: the images of services may come when the agents have long answered. */
  const withService = (db: Partial<ContainerState>) =>
    group({ status: 'Pending', containers: [container('helper'), container('build'), container('db', db)] });

  it.each([['Running'], ['Terminated']])(
    'is ready when its agents have answered and its services have started: %s',
    async (state) => {
      const { ready, clock } = wait(
        (seconds) =>
          Promise.resolve(withService(seconds < 100 ? { state: 'Waiting', reason: 'ContainerCreating' } : { state })),
        5,
        '',
        { services },
      );
      const start = clock.now();
      await clock.advanceUntil(ready);
      expect(((await ready).readyAt - start) / 1000).toBeGreaterThanOrEqual(100);
    },
  );

  it('fails when the image of a service does not exist, though its agents have answered', async () => {
    const waiting = withService({ state: 'Waiting', reason: 'ErrImagePull', message: 'manifest unknown: not found' });
    const { ready, clock } = wait(() => Promise.resolve(waiting), 5, '', { services });
    const failed = expect(ready).rejects.toMatchObject({
      fault: 'user',
      message: expect.stringContaining('of the container db cannot be pulled') as string,
    });
    await clock.advanceUntil(ready);
    await failed;
  });

  it('is given up when the image of a service does not come in time', async () => {
    const waiting = withService({ state: 'Waiting', reason: 'ContainerCreating' });
    const { ready, clock } = wait(() => Promise.resolve(waiting), 5, 'image_pull_timeout = 90', { services });
    const failed = expect(ready).rejects.toMatchObject({
      fault: 'platform',
      message: expect.stringMatching(/did not start within 90 s/) as string,
    });
    await clock.advanceUntil(ready);
    await failed;
  });
});
