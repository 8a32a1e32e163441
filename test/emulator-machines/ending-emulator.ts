import { eventually } from '../conformance/eventually.ts';
import { runRequest } from '../conformance/run-request.ts';
import { bringUp } from './running-machine.ts';

/** Starts a script, prints its process numbers, and ends without stopping anything. The first argument is the folder. */
const { wire } = await bringUp(process.argv[2] ?? '');
const script = 'echo $$; sleep 300 & echo $!; sleep 300';
const call = await wire.send('run', runRequest('endless', script), script);
const printed = () => call.soFar().stdout.toString();
await eventually('two process numbers', () => printed().split('\n').length > 2);
process.stdout.write(printed(), () => process.exit(3));
