import type { Clock } from '../context.ts';
import type { CloudAddress } from '../eci/sdk-call.ts';
import type { ContainerGroups } from '../eci/container-groups.ts';
import type { Settings } from '../settings/schema.ts';
import { NAME, VERSION } from '../version.ts';

export const cloudAddress = (settings: Settings): CloudAddress => ({
  region: settings.region,
  endpoint: settings.endpoint ?? `eci.${settings.region}.aliyuncs.com`,
  protocol: settings.protocol,
  signature: settings.api.signature,
  parameters: settings.api.parameters,
});

/**
 * The real client. Loaded only by stages that call the API: the SDK is most of this program.
 * @param stateDir through which the processes of a host share the account's limits; undefined for a command that leaves nothing on the host.
 */
export async function openCloud(
  address: CloudAddress,
  clock: Clock,
  stateDir: string | undefined,
): Promise<ContainerGroups> {
  const [{ sdkCall }, { sdkContainerGroups }, { CALL_LIMITS, NO_BUDGET }, { callBudget }] = await Promise.all([
    import('../eci/sdk-call.ts'),
    import('../eci/sdk-client.ts'),
    import('../eci/call-limits.ts'),
    import('../state/call-budget.ts'),
  ]);
  const ports = { clock, random: Math.random };
  const budget = stateDir === undefined ? NO_BUDGET : callBudget(stateDir, address.region, CALL_LIMITS, ports);
  return sdkContainerGroups(sdkCall(address, `${NAME}/${VERSION}`, clock), clock, Math.random, budget);
}
