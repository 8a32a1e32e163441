import type { Settings } from '../settings/schema.ts';

/** Public addresses of Container Registry and their twins in a VPC (ACR: "Configure a VPC ACL", "Personal Edition: independent domain names"). */
const TWINS: readonly [pattern: (region: string) => RegExp, twin: string][] = [
  [(region) => new RegExp(`^registry(\\.${region}\\.aliyuncs\\.com)(?=/|$)`, 'i'), 'registry-vpc$1'],
  [(region) => new RegExp(`^([\\w-]+)-registry(\\.${region}\\.cr\\.aliyuncs\\.com)(?=/|$)`, 'i'), '$1-registry-vpc$2'],
  [(region) => new RegExp(`^(crpi-[a-z0-9]+)(\\.${region}\\.personal\\.cr\\.aliyuncs\\.com)(?=/|$)`, 'i'), '$1-vpc$2'],
];

/**
 * An image, or the path of a login, by the address that this region's registries have in a VPC. Those of other regions stay as they are: their
 * addresses in a VPC cannot be reached from this one without further ado.
 */
export function vpcAddress(name: string, region: string): string {
  for (const [pattern, twin] of TWINS) {
    if (pattern(region).test(name)) return name.replace(pattern(region), twin);
  }
  return name;
}

/** What the settings make of images, of paths of logins and of registries, so that all of them go by the same address. */
export const pulledAddress = ({ vpc_registries, region }: Pick<Settings, 'vpc_registries' | 'region'>) =>
  vpc_registries ? (name: string): string => vpcAddress(name, region) : (name: string): string => name;
