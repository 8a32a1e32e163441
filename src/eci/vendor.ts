/**
 * The SDK's core, by itself: the generated client adds models, of which a raw call needs none. Nothing of ours stands here, because the build
 * embeds this file as a text that is compiled only when a stage calls the API (build.ts). The packages are CommonJS; some loaders wrap their
 * default export once more.
 */
import credentials from '@alicloud/credentials';
import openApi from '@alicloud/openapi-client';
import openApiUtil from '@alicloud/openapi-util';

export { Config, OpenApiRequest, Params } from '@alicloud/openapi-client';
export { RuntimeOptions } from '@alicloud/tea-util';

const unwrapped = <T extends object>(module: T): T => ('default' in module ? (module.default as T) : module);

export const Client = unwrapped(openApi);
export const Credential = unwrapped(credentials);
export const OpenApiUtil = unwrapped(openApiUtil);
