import { processMachines } from '../../src/emulator/machines/process-machines.ts';
import { agentConformance } from './agent-conformance.ts';
import { machineTarget } from './machine-target.ts';

agentConformance(
  'process machines of the emulator',
  machineTarget((root) => processMachines({ root })),
);
