import { beforeAll, describe } from 'vitest';
import { onContainers } from '../emulator-machines/containers/on-containers.ts';
import { addDebian } from '../support/debian-image.ts';
import { noDebian } from '../support/no-containers.ts';
import { agentConformance } from './agent-conformance.ts';
import { machineTarget } from './machine-target.ts';

const IMAGE = 'debian:12';
const about = 'the agent in Go on container machines of the emulator';

onContainers('Debian', (containers) => {
  describe.skipIf(noDebian !== undefined)(noDebian ?? 'as it is', () => {
    beforeAll(() => addDebian(containers().images.folder, [IMAGE]));
    agentConformance(
      about,
      machineTarget(() => containers().kind, IMAGE),
    );
  });
});
