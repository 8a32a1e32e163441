import type { ContainerGroup, ContainerState } from '../../src/eci/container-groups.ts';

export const container = (name: string, change: Partial<ContainerState> = {}): ContainerState => ({
  name,
  image: `registry.example.com/${name}:1`,
  state: 'Running',
  reason: 'Started',
  message: '',
  exitCode: undefined,
  ...change,
});

/** A group that runs; `change` replaces fields. */
export const group = (change: Partial<ContainerGroup> = {}): ContainerGroup => ({
  id: 'eci-1',
  status: 'Running',
  zone: 'cn-beijing-h',
  instanceType: 'ecs.c6.2xlarge',
  isSpot: true,
  cpu: 8,
  memory: 16,
  intranetIp: '172.16.0.9',
  internetIp: '',
  tags: {},
  createdAt: undefined,
  events: [],
  containers: [container('helper'), container('build')],
  initContainers: [container('agent', { state: 'Terminated', reason: 'Completed', exitCode: 0 })],
  ...change,
});

export const warningEvent = (reason: string, message: string) => ({ type: 'Warning', reason, message });
