import { join } from 'node:path';
import { containerMachines } from '../../../src/emulator/machines/containers/container-machines.ts';
import { BUSYBOX_IMAGE } from '../../support/image-names.ts';
import { outputOf, PLAIN } from '../machine-group.ts';

/**
 * A program that runs a container, for tests that need another process than their own. Arguments: the images, a folder, the container's user,
 * whether it has a network of its `own`, MiB of its disk or nothing, its command. It prints a line when that runs, then what it has written, and ends with
 * its code.
 */
const [images = '', root = '', user = '', network = '', disk = '', ...command] = process.argv.slice(2);
try {
  const machine = (await containerMachines({ images, diskSize: disk === '' ? undefined : Number(disk) })).create({
    groupId: 'eci-one',
    address: '127.0.0.1',
    podAddress: '127.0.0.1',
    hostName: 'group',
    hostAliases: [],
    folder: join(root, `one-${process.pid}`),
    initContainers: [],
    containers: [
      { name: 'c', image: BUSYBOX_IMAGE, ...PLAIN, runAsUser: Number(user), sidecar: network === 'own', command },
    ],
    volumes: [],
  });
  await machine.start('c');
  console.log('started');
  const { code } = await machine.ended('c');
  process.stdout.write(outputOf(machine, 'c'));
  await machine.remove();
  process.exitCode = code;
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
