import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { bundledPackages, type BundledPackage, type Metafiles } from './bundled.ts';
import { type GoModule, goModules, oldestGo } from './go-modules.ts';
import { licenseOf } from './licenses.ts';

/** A component of CycloneDX 1.6, as far as it is written here. */
interface Component {
  readonly type: 'application' | 'library';
  readonly 'bom-ref': string;
  readonly name: string;
  readonly version?: string;
  readonly description?: string;
  readonly purl?: string;
  readonly licenses?: readonly { readonly license: { readonly id: string } }[];
  readonly hashes?: readonly { readonly alg: 'SHA-256' | 'SHA-512'; readonly content: string }[];
  readonly properties?: readonly { readonly name: string; readonly value: string }[];
}

const AGENT = 'eci-agent';

/**
 * @param programs the bytes of each built program, by name. @param metafiles what esbuild said of them.
 * @returns the software bill of materials of both programs and of the agent, as CycloneDX 1.6. The same sources make the same text: there is no
 * time and no serial number in it.
 */
export function sbomOf(programs: Readonly<Record<string, Buffer>>, metafiles: Metafiles): string {
  const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  const { name, version, license } = JSON.parse(manifest) as { name: string; version: string; license: string };
  const packages = bundledPackages(metafiles);
  const modules = goModules();
  const made = [
    ...Object.entries(programs).map(([program, bytes]) => ({
      ...application(program, version, license),
      hashes: [{ alg: 'SHA-256', content: createHash('sha256').update(bytes).digest('hex') }] as const,
    })),
    application(AGENT, version, license),
  ];
  const dependencies = [
    { ref: name, dependsOn: made.map((each) => each['bom-ref']) },
    ...Object.keys(programs).map((program) => ({
      ref: program,
      dependsOn: packages.filter(({ bytes }) => program in bytes).map(({ path }) => path),
    })),
    { ref: AGENT, dependsOn: modules.map(goPurl) },
    ...packages.map(({ path, uses }) => ({ ref: path, dependsOn: uses })),
  ];
  const sbom = {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: { component: application(name, version, license) },
    components: [...made, ...packages.map(npmComponent), ...modules.map(goComponent)],
    dependencies,
  };
  return `${JSON.stringify(sbom, null, 2)}\n`;
}

function application(name: string, version: string, license: string): Component {
  return { type: 'application', 'bom-ref': name, name, version, licenses: [{ license: { id: license } }] };
}

function npmComponent({ path, name, version, integrity, bytes }: BundledPackage): Component {
  return {
    type: 'library',
    'bom-ref': path,
    name,
    version,
    purl: `pkg:npm/${name.replace('@', '%40')}@${version}`,
    licenses: [{ license: { id: licenseOf(path) } }],
    hashes: [{ alg: 'SHA-512', content: Buffer.from(integrity.replace('sha512-', ''), 'base64').toString('hex') }],
    properties: Object.entries(bytes).map(([program, count]) => ({ name: `bytes:${program}`, value: String(count) })),
  };
}

function goComponent(module: GoModule): Component {
  const purl = goPurl(module);
  const { name, version, license } = module;
  return {
    type: 'library',
    'bom-ref': purl,
    name,
    ...(version === ''
      ? { description: `comes with the Go that builds the agent, ${oldestGo()} or later` }
      : { version }),
    purl,
    licenses: [{ license: { id: license } }],
  };
}

function goPurl({ name, version }: GoModule): string {
  return `pkg:golang/${name}${version === '' ? '' : `@${version}`}`;
}
