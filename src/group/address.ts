import type { ContainerGroup } from '../eci/container-groups.ts';

/** The address at which the manager reaches a group; empty until it has one. */
export const addressOf = (group: ContainerGroup, connect: 'intranet' | 'internet'): string =>
  connect === 'internet' ? group.internetIp : group.intranetIp;
