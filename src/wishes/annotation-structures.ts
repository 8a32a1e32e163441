import * as z from 'zod/mini';
import type { WireValue } from '../eci/container-groups.ts';
import { wireEntries } from '../eci/wire-entries.ts';
import type { Settings } from '../settings/schema.ts';
import { BadValue, json } from './annotation-values.ts';

/** Annotations whose values have a structure of their own (Alibaba Cloud: "ECI Pod Annotation", the pages of each). */

/** `cri-x` or, in another region, `cn-beijing:cri-x`. */
export function registryInfo(instances: readonly string[]): readonly WireValue[] {
  return instances.map((each) => {
    const [, region, id] = /^(?:([a-z]{2}-[a-z0-9-]+):)?(cri-[a-z0-9]+)$/.exec(each) ?? [];
    if (id === undefined) throw new BadValue(`"${each}" is not the id of a registry instance, cri-… or REGION:cri-…`);
    return { InstanceId: id, ...(region === undefined ? {} : { RegionId: region }) };
  });
}

/** The annotations of one registry come one after the other, in any order: what is there already is kept. */
export const withRegistries = (given: WireValue, registries: readonly WireValue[]): readonly WireValue[] => {
  const known = wireEntries(given);
  return wireEntries(registries).map((each, index) => ({ ...known[index], ...each }));
};

/** Roles for registries of other accounts: one for each registry, or one for all. */
export function withArns(
  given: WireValue,
  field: 'ArnService' | 'ArnUser',
  arns: readonly string[],
): readonly WireValue[] {
  const wrong = arns.find((each) => !/^acs:ram::\d+:role\/[A-Za-z0-9._-]+$/.test(each));
  if (arns.length === 0 || wrong !== undefined) {
    throw new BadValue(`"${wrong ?? ''}" is not the name of a role, acs:ram::ACCOUNT:role/ROLE`);
  }
  const known = wireEntries(given);
  const count = Math.max(known.length, arns.length);
  return Array.from({ length: count }, (_, index) => ({ ...known[index], [field]: arns[index] ?? arns[0] }));
}

const Hosts = z.array(z.strictObject({ ip: z.string(), host: z.string() }));

/** One entry an address, as the API has it. */
export function customHosts(value: string): Settings['host_aliases'] {
  const hosts = Hosts.safeParse(json(value));
  if (!hosts.success) throw new BadValue('allowed is a JSON list such as [{"host":"git.example.com","ip":"10.0.0.5"}]');
  const byAddress = new Map<string, string[]>();
  for (const { ip, host } of hosts.data) byAddress.set(ip, [...(byAddress.get(ip) ?? []), host]);
  return [...byAddress].map(([ip, hostnames]) => ({ ip, hostnames }));
}

const Dns = z.strictObject({
  nameservers: z._default(z.array(z.string()), []),
  searches: z._default(z.array(z.string()), []),
  options: z._default(z.array(z.strictObject({ name: z.string(), value: z.optional(z.string()) })), []),
});

export function dnsConfig(value: string): NonNullable<Settings['dns_config']> {
  const dns = Dns.safeParse(json(value));
  if (!dns.success)
    throw new BadValue('allowed is JSON such as {"nameservers":["10.0.0.2"],"searches":[],"options":[]}');
  return dns.data;
}
