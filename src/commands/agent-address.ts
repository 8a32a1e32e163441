import type { ContainerName } from '../runner/stages.ts';
import type { AgentAddress } from '../ssh/agent-session.ts';
import type { Machine } from '../state/job-record.ts';

/** How to reach the agent of one of the group's containers. */
export const agentAddress = (machine: Machine, container: ContainerName): AgentAddress => ({
  host: machine.address,
  port: machine.ports[container],
  hostKey: machine.hostKeys[container],
  clientKey: machine.clientKey,
  ...(machine.keepalive === undefined ? {} : { keepalive: machine.keepalive * 1000 }),
});
