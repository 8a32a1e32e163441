import { describe, it } from 'vitest';
import { agentConformance } from '../conformance/agent-conformance.ts';
import { suiteOf } from '../conformance/suite-name.ts';
import { builtAgent, noAgent } from './agent-program.ts';
import { noBoxes } from './box.ts';
import { startAgent } from './running-agent.ts';

const name = 'the agent in Go, PID 1 of a user without an entry in passwd, on a read-only root';
const missing = noAgent ?? noBoxes();

if (missing !== undefined) {
  describe.skip(suiteOf(name), () => {
    it(`is not tested: ${missing}`, () => undefined);
  });
} else {
  const program = builtAgent();
  agentConformance(name, (lifetimes) => startAgent(program(), { ...lifetimes, box: { proc: true, dev: true } }));
}
