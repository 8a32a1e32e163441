/** A part of the programs that came from others: dependencies that serve one purpose, and where they are loaded. */
export interface Part {
  /** Names from package.json. */
  readonly dependencies: readonly [string, ...string[]];
  /** What is imported of it, as source. */
  readonly source: string;
  readonly purpose: string;
  readonly loaded: string;
}

const whole = (name: string): string => `export * from '${name}';`;
const vendor = (folder: string): string => `export * from './src/${folder}/vendor.ts';`;

export const PARTS: readonly Part[] = [
  {
    dependencies: ['@alicloud/openapi-client', '@alicloud/credentials', '@alicloud/openapi-util', '@alicloud/tea-util'],
    source: vendor('eci'),
    purpose: "Alibaba Cloud's SDK: signatures, its credential chain, proxies",
    loaded: 'by stages that call the API',
  },
  { dependencies: ['ssh2'], source: vendor('ssh'), purpose: 'SSH', loaded: 'by stages that open a connection' },
  { dependencies: ['pino'], source: vendor('report'), purpose: "the driver's log", loaded: 'when something is logged' },
  {
    dependencies: ['cli-table3'],
    source: vendor('tables'),
    purpose: 'tables that people read, in columns whatever the script of their letters',
    loaded: 'when a table is drawn',
  },
  { dependencies: ['commander'], source: whole('commander'), purpose: 'the command line', loaded: 'when people call' },
  {
    dependencies: ['zod'],
    source:
      "export { array, boolean, literal, number, object, optional, pipe, record, string, union } from 'zod/mini';",
    purpose: 'checks whatever comes from outside',
    loaded: 'always',
  },
  {
    dependencies: ['smol-toml'],
    source: whole('smol-toml'),
    purpose: 'reads the settings',
    loaded: 'with the settings',
  },
  {
    dependencies: ['p-retry'],
    source: "export { default } from 'p-retry';",
    purpose: 'repeats calls of the API, within limits',
    loaded: 'by stages that call the API',
  },
  {
    dependencies: ['leven'],
    source: "export { default } from 'leven';",
    purpose: 'finds the setting that a misspelt one means',
    loaded: 'with the settings',
  },
];
