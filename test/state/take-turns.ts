import { setTimeout as sleep } from 'node:timers/promises';
import { callBudget } from '../../src/state/call-budget.ts';

/** Takes turns of one action as fast as they come. Arguments: state folder, burst, turns a second, how many. Output: when it began and when the last came, as JSON. */
async function main([stateDir = '', burst, perSecond, count]: readonly string[]): Promise<void> {
  const clock = { now: Date.now, sleep: (milliseconds: number) => sleep(milliseconds) };
  const limits = { Action: { burst: Number(burst), perSecond: Number(perSecond) } };
  const budget = callBudget(stateDir, 'cn-beijing', limits, { clock, random: Math.random });
  const from = Date.now();
  for (let index = 0; index < Number(count); index++) await budget.turn('Action');
  process.stdout.write(JSON.stringify([from, Date.now()]));
}

void main(process.argv.slice(2));
