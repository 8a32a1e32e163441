import { describe, it } from 'vitest';
import { agentConformance } from '../conformance/agent-conformance.ts';
import { suiteOf } from '../conformance/suite-name.ts';
import { builtAgent, noAgent } from './agent-program.ts';
import { startAgent } from './running-agent.ts';

const name = 'the agent in Go, an ordinary process';

if (noAgent !== undefined) {
  describe.skip(suiteOf(name), () => {
    it(`is not tested: ${noAgent}`, () => undefined);
  });
} else {
  const program = builtAgent();
  agentConformance(name, (lifetimes) => startAgent(program(), lifetimes));
}
