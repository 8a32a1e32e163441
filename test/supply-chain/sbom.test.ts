import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { bundledPackages } from '../../supply-chain/bundled.ts';
import { lockedPackages } from '../../supply-chain/lock-file.ts';
import { read } from '../docs/pages.ts';

interface Component {
  readonly 'bom-ref': string;
  readonly name: string;
  readonly version?: string;
  readonly purl?: string;
  readonly hashes?: readonly { readonly alg: string; readonly content: string }[];
  readonly licenses: readonly { readonly license: { readonly id: string } }[];
}

interface Sbom {
  readonly metadata: { readonly component: Component };
  readonly components: readonly Component[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
}

const sbom = JSON.parse(await read('dist/sbom.cdx.json')) as Sbom;
const purls = sbom.components.map(({ purl }) => purl ?? '');
const dependsOn = (ref: string) => sbom.dependencies.find((each) => each.ref === ref)?.dependsOn ?? [];

describe('the bill of materials that the build writes', () => {
  it.each(['gitlab-eci-executor.cjs', 'eci-emulator.cjs'])('is about the very bytes of %s', async (program) => {
    const digest = createHash('sha256')
      .update(await read(`dist/${program}`))
      .digest('hex');
    const found = sbom.components.find(({ name }) => name === program);
    expect(found?.hashes).toEqual([{ alg: 'SHA-256', content: digest }]);
  });

  it('has what the driver imports, what is embedded in it, and what those ask for', () => {
    const used = dependsOn('gitlab-eci-executor.cjs');
    for (const name of ['commander', 'zod', 'ssh2', '@alicloud/openapi-client', 'pino', 'cli-table3', 'lodash'])
      expect(used).toContain(`node_modules/${name}`);
    expect(dependsOn('node_modules/ssh2')).toContain('node_modules/asn1');
  });

  it('keeps the programs apart: the emulator has no SDK', () => {
    expect(dependsOn('eci-emulator.cjs')).toContain('node_modules/ssh2');
    expect(dependsOn('eci-emulator.cjs').filter((ref) => ref.includes('@alicloud'))).toEqual([]);
  });

  it('has nothing that only development needs', () => {
    for (const name of ['vitest', 'esbuild', 'typescript', '@alicloud/eci20180808'])
      expect(purls.filter((purl) => purl.startsWith(`pkg:npm/${name.replace('@', '%40')}@`))).toEqual([]);
  });

  it('has the modules of the agent, as its go.mod requires them', async () => {
    const required = [...(await read('src/agent/go.mod')).matchAll(/^\t(\S+) (v\S+)$/gm)];
    expect(required.length).toBeGreaterThan(0);
    for (const [, name, version] of required) expect(purls).toContain(`pkg:golang/${name}@${version}`);
    expect(purls).toContain('pkg:golang/std');
  });

  it('names each component once, and only components that there are', () => {
    const refs = [sbom.metadata.component, ...sbom.components].map((each) => each['bom-ref']);
    expect(new Set(refs).size).toBe(refs.length);
    for (const { ref, dependsOn } of sbom.dependencies) {
      expect(refs).toContain(ref);
      expect(dependsOn.filter((each) => !refs.includes(each))).toEqual([]);
    }
  });

  it("carries the registry's digest of each package", () => {
    const ssh2 = sbom.components.find(({ name }) => name === 'ssh2');
    const [digest] = ssh2?.hashes ?? [];
    const integrity = lockedPackages().get('node_modules/ssh2')?.integrity;
    expect(`sha512-${Buffer.from(digest?.content ?? '', 'hex').toString('base64')}`).toBe(integrity);
  });

  it('is not written when a program has a package that the lock file does not know', () => {
    const output = {
      bytes: 1,
      imports: [],
      exports: [],
      inputs: { 'node_modules/strange/index.js': { bytesInOutput: 1 } },
    };
    expect(() => bundledPackages({ program: [{ inputs: {}, outputs: { out: output } }] })).toThrow(/strange/);
  });
});
