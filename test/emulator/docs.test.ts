import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { ACTIONS } from '../../src/emulator/actions/index.ts';
import { CONTROL_CALLS } from '../../src/emulator/control.ts';
import { parseScenario, SCENARIO_FIELDS } from '../../src/emulator/scenario.ts';
import { faultSchema } from '../../src/emulator/wire/faults.ts';

const page = await readFile(new URL('../../docs/emulator.md', import.meta.url), 'utf8');

/** Keys as the page writes them: `delays.start`, and of a list of tables each key by itself behind `[[stock]]`. */
function keys(schema: unknown, prefix = ''): string[] {
  const inner = unwrap(schema);
  if (inner instanceof z.ZodArray && unwrap(inner.element) instanceof z.ZodObject) {
    return Object.keys((unwrap(inner.element) as z.ZodObject).shape).map((key) => `[[${prefix}]] ${key}`);
  }
  if (!(inner instanceof z.ZodObject)) return [prefix];
  return Object.entries(inner.shape as Record<string, unknown>).flatMap(([key, each]) =>
    keys(each, prefix === '' ? key : `${prefix}.${key}`),
  );
}

function unwrap(schema: unknown): unknown {
  return schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault || schema instanceof z.ZodOptional
    ? unwrap(schema.def.innerType)
    : schema;
}

describe('the page about the emulator', () => {
  it('has every key of a scenario', () => {
    const rows = page.split('\n').filter((line) => line.startsWith('| `'));
    const missing = keys(SCENARIO_FIELDS).filter((key) => {
      const [, table, name] = /^\[\[(\w+)\]\] (\w+)$/.exec(key) ?? [];
      return !rows.some((row) =>
        table === undefined
          ? row.includes(`\`${key}\``)
          : row.startsWith(`| \`[[${table}]]\``) && row.includes(`\`${name}\``),
      );
    });
    expect(missing).toEqual([]);
  });

  it('has every call of the control API, every fault and every action, and no others', () => {
    const calls = [...page.matchAll(/^\| `(GET|POST) \/-\/([^`]+)` \|/gm)].map(
      ([, method, path]) => `${method} ${path}`,
    );
    expect(calls.sort()).toEqual(CONTROL_CALLS.map(({ method, path }) => `${method} ${path}`).sort());
    for (const fault of faultSchema.shape.fault.options) expect(page).toContain(`\`${fault}\``);
    const [table = ''] = page.split('Every other action');
    const actions = [...table.matchAll(/^\| (`[A-Z]\w+`(?:, `[A-Z]\w+`)*) \|/gm)].flatMap(([, names = '']) =>
      names.split(', ').map((name) => name.slice(1, -1)),
    );
    expect(actions.sort()).toEqual([...ACTIONS.keys()].sort());
  });

  it('shows a scenario that is one', () => {
    const [, toml = ''] = /```toml\n([^]*?)```/.exec(page) ?? [];
    expect(parseScenario(toml).vswitch).toHaveLength(1);
  });
});
