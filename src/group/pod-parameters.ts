import type { WireParameters } from '../eci/container-groups.ts';
import type { Settings } from '../settings/schema.ts';
import { isEipMade } from '../settings/sections/pod-checks.ts';

type Pod = Pick<
  Settings,
  | 'connect'
  | 'dns_policy'
  | 'dns_config'
  | 'host_aliases'
  | 'hostname'
  | 'ntp_servers'
  | 'eip'
  | 'ipv6'
  | 'ram_role'
  | 'resource_group'
  | 'image_accelerate_mode'
  | 'sysctls'
>;

/** What the operator says of the group as a whole; a job's annotations have changed some of it. A pure function. */
export const podParameters = (settings: Pod): WireParameters => ({
  ...only({
    RamRoleName: settings.ram_role,
    ResourceGroupId: settings.resource_group,
    HostName: settings.hostname,
    ImageAccelerateMode: settings.image_accelerate_mode,
  }),
  ...(settings.ntp_servers.length === 0 ? {} : { NtpServer: settings.ntp_servers }),
  ...dns(settings),
  ...hostAliases(settings),
  ...publicAddress(settings),
  ...ipv6(settings),
  ...sysctls(settings),
});

/** Without what is not set. */
const only = (parameters: WireParameters): WireParameters =>
  Object.fromEntries(Object.entries(parameters).filter(([, value]) => value !== undefined));

/** A group has either the DNS of its VPC or the one that is named here (ECI: DnsPolicy). */
function dns({ dns_policy, dns_config }: Pod): WireParameters {
  if (!dns_config) return dns_policy === 'default' ? { DnsPolicy: 'Default' } : {};
  const { nameservers, searches, options } = dns_config;
  return {
    DnsPolicy: 'None',
    DnsConfig: {
      NameServer: nameservers,
      ...(searches.length === 0 ? {} : { Search: searches }),
      ...(options.length === 0 ? {} : { Option: options.map(({ name, value }) => only({ Name: name, Value: value })) }),
    },
  };
}

const hostAliases = ({ host_aliases }: Pod): WireParameters =>
  host_aliases.length === 0
    ? {}
    : { HostAliase: host_aliases.map(({ ip, hostnames }) => ({ Ip: ip, Hostname: hostnames })) };

function publicAddress({ connect, eip }: Pod): WireParameters {
  if (!isEipMade({ eip, connect })) return only({ EipInstanceId: eip.id });
  return only({
    AutoCreateEip: true,
    EipBandwidth: eip.bandwidth,
    EipISP: eip.isp,
    EipCommonBandwidthPackage: eip.bandwidth_package,
  });
}

const ipv6 = ({ ipv6: { enabled, bandwidth_enable, bandwidth } }: Pod): WireParameters => ({
  ...(enabled ? { Ipv6AddressCount: 1 } : {}),
  ...(bandwidth_enable ? { Ipv6GatewayBandwidthEnable: true } : {}),
  ...only({ Ipv6GatewayBandwidth: bandwidth }),
});

/** ECI takes the two that Kubernetes calls safe in one place, all others in another ("Configure a security context"). */
const SAFE: ReadonlySet<string> = new Set(['net.ipv4.ping_group_range', 'net.ipv4.ip_unprivileged_port_start']);

function sysctls(settings: Pod): WireParameters {
  const all = Object.entries(settings.sysctls).map(([Name, Value]) => ({ Name, Value }));
  const safe = all.filter(({ Name }) => SAFE.has(Name));
  const others = all.filter(({ Name }) => !SAFE.has(Name));
  return {
    ...(safe.length === 0 ? {} : { SecurityContext: { Sysctl: safe } }),
    ...(others.length === 0 ? {} : { HostSecurityContext: { Sysctl: others } }),
  };
}
