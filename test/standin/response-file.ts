import { escapeJson } from './job-variables.ts';
import type { Image, JobPayload } from './payload.ts';
import type { Variables } from './variables.ts';

/** The job with the names of its images expanded, which the runner does once, before the first attempt. */
export function expandImages(payload: JobPayload, variables: Variables): JobPayload {
  const expand = (image: Image): Image => ({
    ...image,
    name: variables.expandText(image.name),
    ...(image.alias === undefined ? {} : { alias: variables.expandText(image.alias) }),
  });
  return { ...payload, image: expand(payload.image), services: payload.services.map(expand) };
}

/** One line of JSON, as Go's encoder writes it. */
export const encodeResponse = (payload: JobPayload): string => `${escapeJson(JSON.stringify(payload))}\n`;
