import { waitForServices, type ServicePorts } from '../services/wait-for-services.ts';
import type { Service } from '../services/service.ts';
import type { Settings } from '../settings/schema.ts';
import { openSession } from '../ssh/open-session.ts';
import type { Machine } from '../state/job-record.ts';
import { agentAddress } from './agent-address.ts';
import { keepLoggedIn, loginTo } from './keep-logged-in.ts';

/** The wait for services, from the container that the runner's Kubernetes executor waits in too; no agent takes itself for abandoned meanwhile. */
export async function servicesUp(
  machine: Machine,
  services: readonly Service[],
  settings: Settings,
  ports: Omit<ServicePorts, 'connect'>,
): Promise<void> {
  const over = new AbortController();
  for (const container of ['helper', 'build'] as const) {
    void keepLoggedIn(loginTo(machine, container), settings.abandon_after, ports.clock, over.signal);
  }
  try {
    const connect: ServicePorts['connect'] = (signal) => openSession(agentAddress(machine, 'helper'), signal);
    await waitForServices(machine.groupId, services, settings, { ...ports, connect });
  } finally {
    over.abort();
  }
}
