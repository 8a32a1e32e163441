import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DriverError } from '../../src/driver-error.ts';
import { EciError } from '../../src/eci/container-groups.ts';
import { eciFailure } from '../../src/eci/failure.ts';
import { parseGroups } from '../../src/eci/parse-groups.ts';
import { parsePrices } from '../../src/eci/parse-prices.ts';
import { toEciError } from '../../src/eci/sdk-error.ts';
import { parseRequest, Refusal } from '../../src/emulator/machines/agent/requests.ts';
import { lossOf } from '../../src/group/loss.ts';
import { startState } from '../../src/group/start-state.ts';
import { failureText } from '../../src/report/job-log.ts';
import { parseJob } from '../../src/runner/job.ts';
import { responseEnvironment } from '../../src/runner/response-environment.ts';
import { jobServices } from '../../src/services/job-services.ts';
import { expandedSettings } from '../../src/settings/expanded.ts';
import { parseDuration } from '../../src/settings/duration.ts';
import { parseSettings } from '../../src/settings/parse.ts';
import { problemLine } from '../../src/settings/problems.ts';
import { parseQuantity } from '../../src/settings/quantity.ts';
import { parseJobRecord } from '../../src/state/job-record.ts';
import { applyWishes } from '../../src/wishes/apply-wishes.ts';
import { settingsOf } from '../support/settings.ts';
import { corpus, jsonValue, mutated, mutatedJson, patienceFor, RUNS } from './inputs.ts';

const SECRET = 'pl4nted-in-the-corpus-0123456789abcdef';

/** Runs a reader; what it may throw is a refusal for people, without a secret. Everything else is a finding. */
function orRefusal<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof DriverError)) throw error;
    expect(failureText(error)).not.toContain(SECRET);
    return undefined;
  }
}

const forAll = <T>(inputs: fc.Arbitrary<T>, check: (input: T) => void): void =>
  fc.assert(fc.property(inputs, check), { numRuns: RUNS });

const SETTINGS = settingsOf(
  'pod_annotations_overwrite_allowed = ".*"\nnode_selector_overwrite_allowed = ".*"\ncpu_request_overwrite_max_allowed = "64"\nmemory_request_overwrite_max_allowed = "512Gi"\nservice_cpu_request_overwrite_max_allowed = "4"',
  '[tags]\nteam = "$TEAM"',
);

/** What prepare does with a job before it asks anybody. */
function plan(text: string): void {
  const job = orRefusal(() => parseJob(text, { CUSTOM_ENV_TEAM: 'x' }));
  if (job === undefined) return;
  const env = responseEnvironment(job);
  orRefusal(() => {
    const settings = expandedSettings(SETTINGS, job, env);
    const { services } = jobServices(job, settings, env);
    return applyWishes(settings, env, services);
  });
}

describe('whatever comes in, what reads it ends with a result or a sentence', patienceFor(RUNS, 20), () => {
  it('job responses, broken as texts', () => forAll(mutated('job-response'), plan));
  it('job responses, broken as values', () =>
    forAll(
      mutatedJson('job-response').map((value) => JSON.stringify(value)),
      plan,
    ));

  it('settings, broken as texts', () =>
    forAll(mutated('settings'), (text) => {
      const result = orRefusal(() => parseSettings(text));
      if (result && 'problems' in result) expect(result.problems.length).toBeGreaterThan(0);
    }));
  it('settings with other values', () =>
    forAll(fc.tuple(fc.constantFrom(...corpus('settings')), fc.nat(), jsonValue), ([text, at, value]) => {
      const lines = text.split('\n');
      const index = at % lines.length;
      const [, key] = /^([\w.-]+) *=/.exec(lines[index] ?? '') ?? [];
      if (key !== undefined) lines[index] = `${key} = ${JSON.stringify([value, SECRET])}`;
      const result = orRefusal(() => parseSettings(lines.join('\n')));
      if (result && 'problems' in result) expect(result.problems.map(problemLine).join('\n')).not.toContain(SECRET);
    }));

  it('annotations', () =>
    forAll(fc.array(mutated('annotations'), { minLength: 1, maxLength: 5 }), (texts) => {
      const env = Object.fromEntries(
        texts.map((text, index) => [`CUSTOM_ENV_KUBERNETES_POD_ANNOTATIONS_${index}`, text]),
      );
      orRefusal(() => applyWishes(SETTINGS, env));
    }));
  it('annotations by our own names, node selectors and sizes', () =>
    forAll(
      fc.dictionary(
        fc.constantFrom(
          'ECI_USE_SPECS',
          'ECI_CUSTOM_TAGS',
          'ECI_CUSTOM_HOSTS',
          'ECI_CUSTOM_DNSCONFIG',
          'ACR_INSTANCE_IDS',
          'KUBERNETES_NODE_SELECTOR_1',
          'KUBERNETES_CPU_REQUEST',
          'KUBERNETES_MEMORY_REQUEST',
          'KUBERNETES_GPU_LIMIT',
          'ECI_SPOT_PRICE_LIMIT',
        ),
        fc.oneof(mutated('annotations'), fc.string(), fc.double().map(String)),
      ),
      (variables) => {
        const env = Object.fromEntries(Object.entries(variables).map(([name, value]) => [`CUSTOM_ENV_${name}`, value]));
        orRefusal(() => applyWishes(SETTINGS, env));
      },
    ));

  it('quantities and durations', () =>
    forAll(
      fc.oneof(
        mutated('annotations'),
        fc.stringMatching(/^[+-]?[0-9.]{0,30}[eE]?[+-]?[0-9]{0,5}[numkMGTPE]?i?[hms]?$/),
      ),
      (text) => {
        const amounts = orRefusal(() => [parseQuantity(text), parseDuration(text)]) ?? [];
        for (const amount of amounts) expect(amount === undefined || (amount >= 0 && !Number.isNaN(amount))).toBe(true);
      },
    ));

  it('answers of the API, events among them', () =>
    forAll(fc.oneof(mutatedJson('api-answer'), jsonValue), (body) => {
      orRefusal(() => [parsePrices(body, true), parsePrices(body, false)]);
      const page = orRefusal(() => parseGroups(body));
      for (const group of page?.groups ?? []) {
        orRefusal(() => [
          startState(group.id, group),
          lossOf(group.id, group, 'build'),
          lossOf(group.id, group, 'helper'),
        ]);
      }
    }));
  it('errors of the API and of its SDK', () =>
    forAll(fc.oneof(mutatedJson('api-answer'), jsonValue, fc.object()), (thrown) => {
      const error = orRefusal(() => toEciError('CreateContainerGroup', thrown));
      expect(error).toBeInstanceOf(EciError);
      if (error) orRefusal(() => failureText(eciFailure(error)));
    }));

  it('records of jobs', () =>
    forAll(
      fc.oneof(
        mutated('job-record'),
        mutatedJson('job-record').map((value) => JSON.stringify(value)),
        fc.json(),
      ),
      (text) => {
        const record = orRefusal(() => parseJobRecord(text));
        // What was taken for a record is one, and stays the same one.
        if (record) expect(parseJobRecord(JSON.stringify(record))).toEqual(record);
      },
    ));

  it("requests to the emulator's agent", () =>
    forAll(mutated('agent-request'), (command) => {
      try {
        parseRequest(command);
      } catch (error) {
        expect(error).toBeInstanceOf(Refusal);
        expect((error as Refusal).message.length).toBeLessThan(10_000);
      }
    }));
});

it.each(['job-response', 'settings', 'annotations', 'api-answer', 'job-record', 'agent-request'])(
  'the corpus of %s begins with something good',
  (target) => {
    const [first = ''] = corpus(target);
    const good: Record<string, () => unknown> = {
      'job-response': () => parseJob(first),
      settings: () => ('settings' in parseSettings(first) ? true : undefined),
      annotations: () => applyWishes(SETTINGS, { CUSTOM_ENV_KUBERNETES_POD_ANNOTATIONS_1: first.trim() }),
      'api-answer': () => parseGroups(JSON.parse(first))?.groups[0],
      'job-record': () => parseJobRecord(first),
      'agent-request': () => parseRequest(first.trim()),
    };
    expect(good[target]?.()).toBeDefined();
  },
);
