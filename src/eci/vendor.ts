/**
 * The SDK, by itself: nothing of ours stands here, because the build embeds this file as a text that is compiled only when a stage calls the
 * API (build.ts). Its packages are CommonJS; some loaders wrap their default export once more.
 */
import credentials from '@alicloud/credentials';
import eci from '@alicloud/eci20180808';
import openApiUtil from '@alicloud/openapi-util';

export { Config, OpenApiRequest, Params } from '@alicloud/openapi-client';
export { RuntimeOptions } from '@alicloud/tea-util';

const unwrapped = <T extends object>(module: T): T => ('default' in module ? (module.default as T) : module);

export const Eci = unwrapped(eci);
export const Credential = unwrapped(credentials);
export const OpenApiUtil = unwrapped(openApiUtil);
