import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startWorld, type World } from '../support/world.ts';

describe('a whole job', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld({
      scenario: `
[[stock]]
zone = "cn-beijing-h"
type = "ecs.c6.2xlarge"
answers = ["no-stock"]
[[stock]]
zone = "cn-beijing-h"
type = "ecs.g6.2xlarge"
answers = ["schedule-failed"]
`,
    });
  });
  afterAll(() => world.stop());

  it('finds the zone that has stock, runs, and leaves nothing behind', async () => {
    const result = await world.run({ image: 'alpine:3.20', script: ['echo hello from the job'] });
    const text = world.text(result);
    console.log(text);
    expect(result.state).toBe('success');
  });
});
