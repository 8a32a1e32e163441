import * as z from 'zod/mini';
import { quantity } from './rules.ts';

/** The Kubernetes executor's maxima for what a job may ask for (runner: `cpu_request_overwrite_max_allowed` and family). */
export const maxima = {
  cpu_request_overwrite_max_allowed: z.optional(quantity),
  cpu_limit_overwrite_max_allowed: z.optional(quantity),
  memory_request_overwrite_max_allowed: z.optional(quantity),
  memory_limit_overwrite_max_allowed: z.optional(quantity),
  ephemeral_storage_request_overwrite_max_allowed: z.optional(quantity),
  ephemeral_storage_limit_overwrite_max_allowed: z.optional(quantity),
  helper_cpu_request_overwrite_max_allowed: z.optional(quantity),
  helper_cpu_limit_overwrite_max_allowed: z.optional(quantity),
  helper_memory_request_overwrite_max_allowed: z.optional(quantity),
  helper_memory_limit_overwrite_max_allowed: z.optional(quantity),
  helper_ephemeral_storage_request_overwrite_max_allowed: z.optional(quantity),
  helper_ephemeral_storage_limit_overwrite_max_allowed: z.optional(quantity),
};
