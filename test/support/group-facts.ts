import { buildContainer } from '../../src/group/build-container.ts';
import type { GroupFacts } from '../../src/group/create-request.ts';
import { groupImages } from '../../src/group/images.ts';
import { groupTimeLimits } from '../../src/group/time-limits.ts';
import { NO_ADJUSTMENTS } from '../../src/placement/adjustments.ts';
import { planAttempts } from '../../src/placement/plan.ts';
import { defaultPullPolicy } from '../../src/registries/pull-policies.ts';
import { job } from './job.ts';
import { settingsOf } from './settings.ts';

const now = new Date('2026-01-02T03:04:05Z');
export const ATTEMPT = '0123456789abcdef';

/** What decides a create call, from settings: lines in front, tables behind. */
export function facts(top = '', tables = '', choiceIndex = 0): GroupFacts {
  const settings = settingsOf(top, tables);
  const choice = planAttempts(settings).choices[choiceIndex];
  if (!choice) throw new Error('no such choice');
  return {
    job: job(),
    settings,
    images: groupImages(job(), settings, '19.4.0'),
    build: buildContainer(job(), settings, false),
    services: [],
    choice,
    identity: {
      manager: 'ci',
      host: '00aa',
      caller: { bootId: 'b00710ad-1', pidNamespace: '42', mountNamespace: '43', pid: 7, startTime: '99' },
    },
    attempt: ATTEMPT,
    tryNumber: 2,
    keys: { clientPublic: 'ssh-ed25519 AAAA', hostPrivate: { helper: 'HELPER KEY', build: 'BUILD KEY' } },
    configFiles: new Map(),
    limits: groupTimeLimits(3600, 100, settings, now),
    adjustments: NO_ADJUSTMENTS,
    containerLimits: { build: {}, helper: {} },
    credentials: [],
    pullPolicyOf: (_, image) => defaultPullPolicy(image),
  };
}
