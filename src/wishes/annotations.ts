import type { WireValue } from '../eci/container-groups.ts';
import type { Settings } from '../settings/schema.ts';
import { OWN_TAG_KEY } from '../settings/sections/parameters.ts';
import { INSTANCE_TYPE, isSold, MAX_INSTANCE_TYPES, SOLD_SIZES } from '../settings/sections/place.ts';
import { ROOM_FOR_TAGS } from '../settings/sections/pod-checks.ts';
import { customHosts, dnsConfig, registryInfo, withArns, withRegistries } from './annotation-structures.ts';
import { BadValue, flag, matching, oneOf, price, text, wholeNumber, words } from './annotation-values.ts';

/** What an annotation changes: settings, or the settings' further parameters of CreateContainerGroup. */
export type Overlay = {
  readonly settings?: Partial<Omit<Settings, 'spot'>> & { readonly spot?: Partial<Settings['spot']> };
  readonly parameters?: Readonly<Record<string, WireValue>>;
};

/** @param settings with what earlier annotations changed. @throws BadValue */
type Read = (value: string, settings: Settings) => Overlay;

export const PREFIX = 'k8s.aliyun.com/';

const parameter =
  (name: string, read: (value: string) => WireValue = text): Read =>
  (value) => ({ parameters: { [name]: read(value) } });

const eip =
  (read: (value: string) => Partial<Settings['eip']>): Read =>
  (value, { eip: given }) => ({ settings: { eip: { ...given, ...read(value) } } });

const ipv6 =
  (read: (value: string) => Partial<Settings['ipv6']>): Read =>
  (value, { ipv6: given }) => ({ settings: { ipv6: { ...given, ...read(value) } } });

const imageCache: Read = (value) => ({ settings: { image_cache: flag(value) } });
const imageCacheId: Read = (value) => ({
  settings: { image_cache_id: matching(/^(imc|s)-[a-z0-9]+$/, 'the id of an image cache, imc-…')(value) },
});

/** Annotations of ECI pods (Alibaba Cloud: "ECI Pod Annotation") that creating a container group can express, by their name behind the prefix. */
export const ANNOTATIONS: Readonly<Record<string, Read>> = {
  'eci-use-specs': (value) => {
    const types = words(value);
    const wrong = types.find((each) => !INSTANCE_TYPE.test(each));
    if (types.length === 0 || wrong !== undefined) {
      throw new BadValue(
        `"${wrong ?? ''}" is neither an ECS type such as ecs.c6.2xlarge nor a size in vCPU and GiB such as 2-4Gi`,
      );
    }
    const unsold = types.find((each) => !isSold(each));
    if (unsold !== undefined) throw new BadValue(`ECI does not sell ${unsold}; allowed is ${SOLD_SIZES}`);
    if (types.length > MAX_INSTANCE_TYPES) {
      throw new BadValue(`${types.length} specs are named, and ECI takes ${MAX_INSTANCE_TYPES} at most`);
    }
    // On ACK the pod gets the first of these that has stock.
    return { settings: { instance_types: types, order: 'configured' } };
  },
  'eci-vswitch': (value, { vswitch }) => {
    const chosen = words(value).map((id) => {
      const known = vswitch.find((each) => each.id === id);
      if (!known) throw new BadValue(`${id} is none of this runner's: ${vswitch.map((each) => each.id).join(', ')}`);
      return known;
    });
    if (chosen.length === 0) throw new BadValue('no vSwitch is named');
    return { settings: { vswitch: chosen } };
  },
  'eci-schedule-strategy': (value) =>
    oneOf('VSwitchOrdered', 'VSwitchRandom')(value) === 'VSwitchOrdered' ? { settings: { order: 'configured' } } : {},
  'eci-security-group': (value) => ({
    settings: { security_group: matching(/^sg-[a-z0-9-]+$/, 'the id of one security group, sg-…')(value) },
  }),
  'eci-spot-strategy': (value) => ({
    settings: { spot: { strategy: oneOf('SpotAsPriceGo', 'SpotWithPriceLimit', 'NoSpot')(value) } },
  }),
  'eci-spot-price-limit': (value, { max_price }) => {
    const limit = price(value);
    if (max_price !== undefined && limit > max_price) {
      throw new BadValue(`it is higher than the limit allowed, max_price = ${max_price}`);
    }
    return { settings: { spot: { price_limit: limit } } };
  },
  'eci-spot-duration': (value) => ({ settings: { spot: { duration: wholeNumber(0, 6)(value) } } }),
  'eci-spot-fallback': (value) => ({ settings: { spot: { on_demand_fallback: flag(value) } } }),
  'eci-fail-strategy': (value) =>
    oneOf('fail-back', 'fail-over', 'fail-fast')(value) === 'fail-fast' ? { settings: { poll_timeout: 0 } } : {},
  'eci-max-pending-minute': (value) => ({ settings: { image_pull_timeout: wholeNumber(10, 1440)(value) * 60 } }),
  'eci-image-cache': imageCache,
  'eci-auto-imc': imageCache,
  'eci-image-snapshot-id': imageCacheId,
  'eci-imc-id': imageCacheId,
  'eci-compute-category': parameter('ComputeCategory', words),
  'eci-gpu-driver-version': parameter('GpuDriverVersion'),
  'acr-instance-ids': (value, { parameters }) => ({
    parameters: { AcrRegistryInfo: withRegistries(parameters.AcrRegistryInfo, registryInfo(words(value))) },
  }),
  'acr-service-arns': (value, { parameters }) => ({
    parameters: { AcrRegistryInfo: withArns(parameters.AcrRegistryInfo, 'ArnService', words(value)) },
  }),
  'acr-user-arns': (value, { parameters }) => ({
    parameters: { AcrRegistryInfo: withArns(parameters.AcrRegistryInfo, 'ArnUser', words(value)) },
  }),
  'plain-http-registry': parameter('PlainHttpRegistry'),
  'insecure-registry': parameter('InsecureRegistry'),
  'eci-with-eip': eip((value) => (flag(value) ? { create: true, id: undefined } : { create: false })),
  'eci-eip-instanceid': eip((value) => ({ id: text(value), create: false })),
  'eip-bandwidth': eip((value) => ({ bandwidth: wholeNumber(1, 5000)(value) })),
  'eip-isp': eip((value) => ({ isp: oneOf('BGP', 'BGP_PRO')(value) })),
  'eip-common-bandwidth-package-id': eip((value) => ({ bandwidth_package: text(value) })),
  'eci-ram-role-name': (value) => ({ settings: { ram_role: text(value) } }),
  'eci-extra-ephemeral-storage': parameter('EphemeralStorage', (value) =>
    wholeNumber(0, 5000)(matching(/^\d+Gi$/, 'a number of GiB such as 50Gi')(value).slice(0, -2)),
  ),
  'eci-resource-group-id': (value) => ({ settings: { resource_group: text(value) } }),
  'eci-custom-tags': (value, { tags }) => ({ settings: { tags: { ...tags, ...customTags(value, tags) } } }),
  'eci-custom-hosts': (value) => ({ settings: { host_aliases: customHosts(value) } }),
  'eci-custom-dnsconfig': (value) => ({ settings: { dns_policy: 'none', dns_config: dnsConfig(value) } }),
  'eci-ntp-server': (value) => ({ settings: { ntp_servers: words(value) } }),
  'eci-core-pattern': parameter('CorePattern'),
  'eci-private-ip-address': parameter('PrivateIpAddress'),
  'eci-fixed-ip': parameter('FixedIp'),
  'eci-fixed-ip-retain-hour': parameter('FixedIpRetainHour', wholeNumber(1, 8760)),
  'eci-enable-ipv6': ipv6((value) => ({ enabled: flag(value) })),
  'eci-ipv6-bandwidth-enable': ipv6((value) => ({ bandwidth_enable: flag(value) })),
  'eci-ipv6-bandwidth': ipv6((value) => ({ bandwidth: text(value) })),
  'eci-data-cache-bucket': parameter('DataCacheBucket'),
  'eci-data-cache-pl': parameter('DataCachePL'),
  'eci-data-cache-provisionedIops': parameter('DataCacheProvisionedIops', wholeNumber(0, 1_000_000)),
  'eci-data-cache-burstingEnabled': parameter('DataCacheBurstingEnabled', flag),
};

function customTags(value: string, known: Readonly<Record<string, string>>): Record<string, string> {
  const tags = Object.fromEntries(
    words(value).map((pair) => {
      const [, key = '', tag = ''] = /^([^:]{1,64}):(.{0,128})$/.exec(pair) ?? [];
      if (key === '') throw new BadValue(`"${pair}" is not KEY:VALUE`);
      if (OWN_TAG_KEY.test(key) || /^(aliyun|acs:)/.test(key)) throw new BadValue(`the tag ${key} is not yours to set`);
      if (Object.hasOwn(known, key)) throw new BadValue(`the tag ${key} is the operator's`);
      return [key, tag];
    }),
  );
  const count = Object.keys({ ...known, ...tags }).length;
  if (count > ROOM_FOR_TAGS)
    throw new BadValue(`with the operator's they are ${count}, and ${ROOM_FOR_TAGS} are allowed`);
  return tags;
}
