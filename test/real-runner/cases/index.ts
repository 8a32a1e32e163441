import { CANCELLING } from './cancelling.ts';
import type { Case } from './case.ts';
import { CLOUD } from './cloud.ts';
import { ENDS } from './ends.ts';
import { OUTPUT } from './output.ts';
import { RUNNER_SIGNALS } from './runner-signals.ts';
import { TIMEOUTS } from './timeouts.ts';

export const CASES: readonly Case[] = [...ENDS, ...OUTPUT, ...CANCELLING, ...TIMEOUTS, ...RUNNER_SIGNALS, ...CLOUD];
