import { describe, it } from 'vitest';
import { agentConformance } from '../conformance/agent-conformance.ts';
import { builtAgent, noAgent } from './agent-program.ts';
import { startAgent } from './running-agent.ts';

if (noAgent !== undefined) {
  describe.skip('the agent protocol: the agent in Go', () => {
    it(`is not tested: ${noAgent}`, () => undefined);
  });
} else {
  const program = builtAgent();
  agentConformance('the agent in Go', (lifetimes) => startAgent(program(), lifetimes));
}
