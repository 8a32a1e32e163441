import type { Scenario } from '../scenario.ts';
import { ApiError } from '../wire/api-error.ts';

/** An endpoint serves one region. @throws ApiError */
export function checkRegion(region: string, scenario: Scenario): void {
  if (region !== scenario.region) {
    throw new ApiError(404, 'InvalidRegionId.NotFound', `The region ${region} is not served here.`);
  }
}
