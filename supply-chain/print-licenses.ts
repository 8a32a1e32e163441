import { build } from '../build.ts';
import { bundledPackages } from './bundled.ts';
import { goModules } from './go-modules.ts';
import { type Licensed, licenseOf, notPermissive } from './licenses.ts';

const packages = bundledPackages(await build()).map((each) => ({ ...each, license: licenseOf(each.path) }));
const parts: Licensed[] = [...packages, ...goModules()];
for (const { name, version, license } of parts) console.log(`${license.padEnd(14)}${name} ${version}`.trimEnd());
// It is a program of its own in an image, linked with nothing of ours, so its licence asks nothing of the rest.
console.log(
  'Beside them, in the image of the agent unless it is built --without-busybox: busybox of Debian, GPL-2.0-only.',
);
const refused = notPermissive(parts);
for (const { name, license } of refused) console.error(`not permissive: ${name} (${license || 'no licence named'})`);
if (refused.length > 0) process.exitCode = 1;
