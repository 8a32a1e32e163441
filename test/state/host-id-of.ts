import { hostId } from '../../src/state/host-id.ts';

/** Prints the id of this host by the state folder that is given. */
void hostId(process.argv[2] ?? '').then((id) => process.stdout.write(id));
