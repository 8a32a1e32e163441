import { join } from 'node:path';
import { containerMachines } from '../../../src/emulator/machines/containers/container-machines.ts';
import { BUSYBOX_IMAGE } from '../../support/container-images.ts';
import { PLAIN } from '../machine-group.ts';

/** Starts a container and waits to be killed. Arguments: the images, a folder, for how long the container sleeps. */
const [images = '', root = '', seconds = ''] = process.argv.slice(2);
const container = { name: 'c', image: BUSYBOX_IMAGE, ...PLAIN, command: ['sleep', seconds] };
const machine = (await containerMachines({ images })).create({
  groupId: 'eci-killed',
  address: '127.0.0.1',
  podAddress: '127.0.0.1',
  hostName: 'group',
  hostAliases: [],
  folder: join(root, 'killed'),
  initContainers: [],
  containers: [container],
  volumes: [],
});
await machine.start('c');
process.stdout.write('started\n');
await machine.ended('c');
