import { describe } from 'vitest';
import { accessTests } from './access.ts';
import { endingTests } from './ending.ts';
import { followingTests } from './following.ts';
import { killTests } from './killing.ts';
import { outputTests } from './output.ts';
import { programTests } from './programs.ts';
import { refusalTests } from './refusals.ts';
import { scriptTests } from './scripts.ts';
import { suiteOf } from './suite-name.ts';
import type { StartTarget } from './target.ts';
import { windowTests } from './windows.ts';

const PARTS = {
  access: accessTests,
  refusals: refusalTests,
  scripts: scriptTests,
  output: outputTests,
  following: followingTests,
  windows: windowTests,
  kill: killTests,
  exec: programTests,
  ending: endingTests,
};

/**
 * What docs/agent-protocol.md says and can be seen from outside, asked of one agent.
 * @param name of what is tested.
 * @param startTarget called once for each part, and once for each test of the container's end.
 */
export function agentConformance(name: string, startTarget: StartTarget): void {
  describe(suiteOf(name), () => {
    for (const [part, tests] of Object.entries(PARTS)) describe(part, () => tests(startTarget));
  });
}
