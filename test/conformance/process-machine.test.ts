import { agentConformance } from './agent-conformance.ts';
import { startProcessMachine } from './process-machine-target.ts';

agentConformance('process machines of the emulator', startProcessMachine);
