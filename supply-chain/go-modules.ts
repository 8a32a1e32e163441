import { readFileSync } from 'node:fs';

/** What the agent is linked with. */
export interface GoModule {
  readonly name: string;
  /** As Go writes it, `v1.2.3`; empty for the standard library, which comes with whatever Go builds the agent. */
  readonly version: string;
  readonly license: string;
}

/** Go's own modules have Go's licence. Another module makes {@link goModules} ask for its entry here. */
const LICENSES: Readonly<Record<string, string>> = {
  std: 'BSD-3-Clause',
  'golang.org/x/crypto': 'BSD-3-Clause',
  'golang.org/x/sys': 'BSD-3-Clause',
};

/** @returns the modules that src/agent/go.mod requires, and Go's standard library. */
export function goModules(): GoModule[] {
  const text = readFileSync(new URL('../src/agent/go.mod', import.meta.url), 'utf8');
  const required = [...text.matchAll(/^(?:require )?\s*([\w.-]+\.[\w.-]+\/\S+) (v\S+)/gm)];
  const named = required.map(([, name = '', version = '']) => ({ name, version }));
  return [{ name: 'std', version: '' }, ...named].map((each) => ({ ...each, license: LICENSES[each.name] ?? '' }));
}

/** @returns the oldest Go that the agent can be built with. */
export function oldestGo(): string {
  const text = readFileSync(new URL('../src/agent/go.mod', import.meta.url), 'utf8');
  return /^go (\S+)$/m.exec(text)?.[1] ?? '';
}
