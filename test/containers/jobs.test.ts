import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startWorld, type World } from '../support/world.ts';
import * as I from '../support/container-images.ts';

describe('whole', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld({ machines: 'containers' });
  });
  afterAll(() => world.stop());
  it.each([I.BUSYBOX_IMAGE, I.USER_IMAGE, I.TOOL_IMAGE, I.BARE_IMAGE, 'nope:1'])('job %s', async (image) => {
    const t = Date.now();
    const result = await world.run({
      image,
      script: ['id', 'pwd; env | sort | head -50', 'touch here; ls -la', 'which tool && tool x', 'exit 3'],
      afterScript: ['echo after'],
    });
    console.log(world.text(result), result.state, result.failureReason, result.exitCode, Date.now() - t);
    await world.nothingLeft();
  });
});
