import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { findGo } from '../../build-agent.ts';
import { goModules } from '../../supply-chain/go-modules.ts';
import { licenseOf, notPermissive } from '../../supply-chain/licenses.ts';
import { read } from '../docs/pages.ts';

const go = findGo();

/** Where a module of the agent lies on this machine. */
function folderOf(name: string): string {
  const asked = name === 'std' ? ['env', 'GOROOT'] : ['list', '-m', '-f', '{{.Dir}}', name];
  const cwd = fileURLToPath(new URL('../../src/agent', import.meta.url));
  return execFileSync(go ?? '', asked, { cwd, encoding: 'utf8', env: { ...process.env, GOTOOLCHAIN: 'local' } }).trim();
}

describe('licences', () => {
  it('of everything that is shipped are permissive', async () => {
    const { components } = JSON.parse(await read('dist/sbom.cdx.json')) as {
      components: { name: string; version?: string; licenses: { license: { id: string } }[] }[];
    };
    const parts = components.map(({ name, version = '', licenses }) => ({
      name,
      version,
      license: licenses.map(({ license }) => license.id).join(' '),
    }));
    expect(parts.length).toBeGreaterThan(20);
    expect(notPermissive(parts)).toEqual([]);
  });

  it.each(['GPL-3.0-only', 'MPL-2.0', 'SEE LICENSE IN LICENSE', 'MIT AND GPL-2.0-only', ''])(
    'that are %j are refused',
    (license) => {
      expect(notPermissive([{ name: 'some', version: '1.0.0', license }])).toHaveLength(1);
    },
  );

  it("are read in npm's old form, and by SPDX's names", () => {
    expect(licenseOf('node_modules/ssh2')).toBe('MIT');
    expect(licenseOf('node_modules/@darabonba/typescript')).toBe('Apache-2.0');
  });

  it.skipIf(go === undefined).each(goModules())('of the Go module $name is what lies beside its source', ({ name }) => {
    const text = readFileSync(join(folderOf(name), 'LICENSE'), 'utf8');
    expect(text).toContain('Redistribution and use in source and binary forms');
    expect(text).toContain('Neither the name of');
  });
});
