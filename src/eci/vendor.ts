/**
 * The SDK's core: the generated client adds models, of which a raw call needs none. The packages are CommonJS; some loaders wrap their default
 * export once more.
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
