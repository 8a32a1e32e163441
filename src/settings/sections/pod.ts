import * as z from 'zod/mini';
import {
  LONGEST_VALUE,
  LONGEST_WORD,
  MOST_ARGUMENTS,
  MOST_COMMAND_WORDS,
  MOST_HOST_ALIASES,
  MOST_HOSTS_PER_ALIAS,
  VARIABLE_NAME,
} from '../../eci/limits.ts';
import { isAddress } from '../ip-address.ts';
import { image, integer, matching } from './rules.ts';
import { ContainerSecurityContext, PodSecurityContext, privileged, Sysctls } from './security.ts';

/** What the operator says of the group as a whole. Names are the Kubernetes executor's where it has the same thing, else those of ECI's annotations. */

const address = z.string().check(z.refine(isAddress, 'allowed is an IP address'));
const hostName = matching(/^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$/, 'a host name');
const words = z.string().check(z.regex(/^\S+$/, 'allowed is a text without blanks'));
const upTo = <T extends z.core.$ZodType>(most: number, item: T) =>
  z.array(item).check(z.refine((all) => all.length <= most, `ECI takes ${most} at most`));

/** ECI's lists have 20 items at most. */
const DnsConfig = z.strictObject({
  nameservers: z._default(upTo(20, address), []),
  searches: z._default(upTo(20, hostName), []),
  options: z._default(upTo(20, z.strictObject({ name: words, value: z.optional(z.string()) })), []),
});

const HostAlias = z.strictObject({ ip: address, hostnames: upTo(MOST_HOSTS_PER_ALIAS, hostName) });

const Eip = z.strictObject({
  create: z._default(z.boolean(), false),
  id: z.optional(matching(/^eip-[a-z0-9-]+$/, 'the id of an elastic IP address, eip-…')),
  /** Mbit/s. */
  bandwidth: z.optional(integer(1, 5000)),
  isp: z.optional(z.enum(['BGP', 'BGP_PRO'])),
  bandwidth_package: z.optional(words),
});

const Ipv6 = z.strictObject({
  enabled: z._default(z.boolean(), false),
  bandwidth_enable: z._default(z.boolean(), false),
  bandwidth: z.optional(words),
});

const environmentName = matching(VARIABLE_NAME, 'a name of 1 to 128 letters, digits and underscores, no digit first');
const noLongerThan = (most: number) => z.string().check(z.maxLength(most, `ECI takes ${most} characters at most`));
const word = noLongerThan(LONGEST_WORD);

const InitContainer = z.strictObject({
  name: matching(
    /^(?!(?:agent|helper|build)$|svc-)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/,
    'a name of lower-case letters, digits and hyphens that is not agent, helper, build or svc-…',
  ),
  image,
  command: z._default(upTo(MOST_COMMAND_WORDS, word), []),
  args: z._default(upTo(MOST_ARGUMENTS, word), []),
  env: z._default(z.record(environmentName, noLongerThan(LONGEST_VALUE)), {}),
  run_as_user: z.optional(integer(0, 2 ** 31 - 1)),
});

const InitContainers = upTo(10, InitContainer).check(
  z.refine((all) => new Set(all.map(({ name }) => name)).size === all.length, 'each name may stand here once'),
);

export const podSettings = {
  dns_policy: z.optional(z.enum(['default', 'none'])),
  dns_config: z.optional(DnsConfig),
  host_aliases: z._default(upTo(MOST_HOST_ALIASES, HostAlias), []),
  hostname: z.optional(matching(/^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/, 'a host name without dots')),
  ntp_servers: z._default(upTo(20, hostName), []),
  eip: z.prefault(Eip, {}),
  ipv6: z.prefault(Ipv6, {}),
  ram_role: z.optional(matching(/^[A-Za-z0-9._-]{1,64}$/, 'the name of a RAM role')),
  resource_group: z.optional(matching(/^rg-[a-z0-9]+$/, 'the id of a resource group, rg-…')),
  image_accelerate_mode: z.optional(z.enum(['nydus', 'dadi', 'p2p', 'imc'])),
  privileged,
  pod_security_context: z.prefault(PodSecurityContext, {}),
  build_container_security_context: z.prefault(ContainerSecurityContext, {}),
  helper_container_security_context: z.prefault(ContainerSecurityContext, {}),
  service_container_security_context: z.prefault(ContainerSecurityContext, {}),
  sysctls: z._default(Sysctls, {}),
  init_containers: z._default(InitContainers, []),
};
