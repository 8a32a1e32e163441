import { parseSettings } from '../../src/settings/parse.ts';
import type { Settings } from '../../src/settings/schema.ts';

/** The smallest valid settings file; ends inside `[[vswitch]]`, so tables can be appended and top-level keys put in front. */
export const MINIMAL = `
region = "cn-beijing"
manager_id = "ci"
security_group = "sg-1"
instance_types = ["ecs.c6.2xlarge"]
agent_image = "registry.example.com/eci-agent:1"
[[vswitch]]
id = "vsw-h"
zone = "cn-beijing-h"`;

/** Parsed settings: `top` goes in front of the minimal file without what it says itself and without `left`, `tables` behind it. */
export function settingsOf(top = '', tables = '', left: readonly string[] = []): Settings {
  const overridden = new Set([...left, ...top.split('\n').map((line) => line.split('=')[0]?.trim())]);
  const base = MINIMAL.split('\n').filter((line) => !overridden.has(line.split('=')[0]?.trim()));
  const result = parseSettings(`${top}\n${base.join('\n')}\n${tables}`);
  if ('problems' in result) throw new Error(JSON.stringify(result.problems));
  return result.settings;
}
