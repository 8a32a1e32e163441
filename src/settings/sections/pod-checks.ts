import type * as z from 'zod/mini';
import type { podSettings } from './pod.ts';
import type { Conflict } from './conflict.ts';

type Setting<Name extends keyof typeof podSettings> = z.output<(typeof podSettings)[Name]>;

interface Pod {
  readonly dns_policy?: Setting<'dns_policy'>;
  readonly dns_config?: Setting<'dns_config'>;
  readonly eip: Setting<'eip'>;
  readonly connect: 'intranet' | 'internet';
  readonly tags: Readonly<Record<string, string>>;
}

/** ECI's limit of one group; the driver's own are the tags of group/tags.ts. */
const MOST_TAGS = 20;
const OWN_TAGS = 12;
export const ROOM_FOR_TAGS = MOST_TAGS - OWN_TAGS;

/** What can be said of an address that is made for the group. */
export const OF_MADE_EIP = ['bandwidth', 'isp', 'bandwidth_package'] as const;

/** A manager outside of the VPC needs an address to reach; one that is named serves as well as one that is made. */
export const isEipMade = ({ eip, connect }: Pick<Pod, 'eip' | 'connect'>): boolean =>
  eip.create || (connect === 'internet' && eip.id === undefined);

/** What does not go together. */
export function podProblems({ dns_policy, dns_config, eip, connect, tags }: Pod): readonly Conflict[] {
  const problems: Conflict[] = [];
  if (dns_config && dns_policy === 'default') {
    problems.push({ path: ['dns_config'], text: 'dns_config counts only where dns_policy is "none", or not set' });
  } else if ((dns_config || dns_policy === 'none') && !dns_config?.nameservers.length) {
    problems.push({
      path: ['dns_config', 'nameservers'],
      text: 'without the DNS of the VPC a group needs a name server',
    });
  }
  if (eip.create && eip.id !== undefined) {
    problems.push({ path: ['eip', 'id'], text: 'a group has one public address: either eip.id, or eip.create' });
  }
  for (const key of OF_MADE_EIP) {
    if (eip[key] === undefined || isEipMade({ eip, connect })) continue;
    problems.push({ path: ['eip', key], text: 'it is of an address that is made for the group: eip.create = true' });
  }
  if (Object.keys(tags).length > ROOM_FOR_TAGS) {
    problems.push({
      path: ['tags'],
      text: `a group has ${MOST_TAGS} tags at most, and ${OWN_TAGS} are the driver's own: allowed are ${ROOM_FOR_TAGS}`,
    });
  }
  return problems;
}
