import type { Service } from './service.ts';

/** What stands in front of the lines of a service's log: its image without tag and its aliases (runner: `captureServiceContainersLogs`). */
export const serviceLabel = ({ image, aliases }: Pick<Service, 'image' | 'aliases'>): string =>
  [image.split(':')[0], ...aliases].join('-');
