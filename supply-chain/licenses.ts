import { readFileSync } from 'node:fs';

/** Licences (by SPDX) that ask for no more than a notice. */
const PERMISSIVE: ReadonlySet<string> = new Set([
  'MIT',
  'ISC',
  '0BSD',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'Unlicense',
]);

/** How some packages write a licence that SPDX has a name for. */
const SPDX: Readonly<Record<string, string>> = { 'Apache License 2.0': 'Apache-2.0' };

interface Manifest {
  readonly license?: string;
  /** The old form, which npm still reads. */
  readonly licenses?: readonly { readonly type: string }[];
}

/** @param path where a package is installed. @returns what its package.json names, or an empty text. */
export function licenseOf(path: string): string {
  const file = new URL(`../${path}/package.json`, import.meta.url);
  const { license, licenses } = JSON.parse(readFileSync(file, 'utf8')) as Manifest;
  const named = license ?? licenses?.map(({ type }) => type).join(' AND ') ?? '';
  return SPDX[named] ?? named;
}

/** A part of what is shipped. */
export interface Licensed {
  readonly name: string;
  readonly version: string;
  readonly license: string;
}

/** @returns the parts whose licence is not known to be permissive. */
export function notPermissive(parts: readonly Licensed[]): Licensed[] {
  return parts.filter(({ license }) => !PERMISSIVE.has(license));
}
