import { readFileSync, rmSync, type Stats, statSync } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DriverError } from '../driver-error.ts';

/** Bits of a mode that let the group and all others write. */
const WRITABLE_BY_OTHERS = 0o022;
/** In a folder with this bit, such as `/tmp`, nobody moves away what is another's. */
const STICKY = 0o1000;
const ROOT = 0;
/** Whose it is tells who we are. */
const SELF = '/proc/self';

type Owned = Pick<Stats, 'uid' | 'mode'>;

const isWritableByOthers = ({ mode }: Owned): boolean => (mode & WRITABLE_BY_OTHERS) !== 0;

/** Where nothing tells who we are, the mode has to do. */
const isAnothers = ({ uid }: Owned, self: Owned | undefined): boolean =>
  self !== undefined && uid !== self.uid && uid !== ROOT;

const found = (path: string): Promise<Stats | undefined> => stat(path).catch(() => undefined);

/**
 * Refuses a state folder that others could have put there, and what they could have written in it, as SSH does with keys (sshd_config:
 * StrictModes). Whoever can write a record says where a script with its secrets is sent to, and who is asked to sign for it. What is not there can
 * be made, and is fine.
 * @param inside files and folders in the state folder.
 * @throws DriverError (operator) for the first path that others can write, or that belongs to another user than us and root.
 */
export async function requirePrivate(stateDir: string, ...inside: readonly string[]): Promise<void> {
  const self = await found(SELF);
  for (const folder of await foldersAbove(stateDir)) {
    const it = await found(folder);
    if (it !== undefined) requireSafeFolder(folder, it, self, stateDir);
  }
  const paths = [stateDir, ...inside];
  const all = await Promise.all(paths.map(found));
  all.forEach((it, index) => {
    if (it !== undefined) requireOwn(paths[index] ?? '', it, self);
  });
}

/** From the root on: those of its name and, where there are links, those of the place that the name leads to. */
async function foldersAbove(stateDir: string): Promise<readonly string[]> {
  const real = await realpath(stateDir).catch(() => stateDir);
  return [...new Set([...parentsOf(stateDir), ...parentsOf(real)])];
}

function parentsOf(path: string): readonly string[] {
  const parent = dirname(path);
  return parent === path ? [] : [...parentsOf(parent), parent];
}

/** Whoever can write a folder can move away what is in it, and put something else in its place. */
function requireSafeFolder(folder: string, it: Owned, self: Owned | undefined, stateDir: string): void {
  const refuse = (why: string, remedy: string): never => {
    throw new DriverError('operator', `The state folder ${stateDir} is not used: ${why}.`, {
      hint: `Who can do that can put another folder in its place, and what is in there decides where jobs run and who gets their secrets. See that nobody has, and ${remedy}. Or set state_dir to a folder elsewhere.`,
    });
  };
  if (isWritableByOthers(it) && (it.mode & STICKY) === 0) {
    refuse(
      `others than its owner can write ${folder}, which it is in (mode ${modeText(it)})`,
      `take their right away (chmod go-w ${folder}), or let each move only what is his own (chmod +t ${folder})`,
    );
  }
  if (isAnothers(it, self)) {
    refuse(
      `${folder}, which it is in, belongs to another user (${it.uid}; this is ${self?.uid})`,
      `give it to root or to the user of GitLab Runner (chown USER ${folder})`,
    );
  }
}

function requireOwn(path: string, it: Owned, self: Owned | undefined): void {
  if (isWritableByOthers(it)) {
    throw refused(
      path,
      `others than its owner can write it (mode ${modeText(it)})`,
      `take their right away: chmod go-w ${path}`,
    );
  }
  if (isAnothers(it, self)) {
    throw refused(
      path,
      `it belongs to another user (${it.uid}; this is ${self?.uid})`,
      `call the driver as that user, or give it to the one of GitLab Runner: chown -R USER ${path}`,
    );
  }
}

const modeText = ({ mode }: Owned): string => (mode & 0o7777).toString(8).padStart(4, '0');

const refused = (path: string, why: string, remedy: string): DriverError =>
  new DriverError('operator', `${path}, which belongs to the state, is not used: ${why}.`, {
    hint: `What is in there decides where jobs run and who gets their secrets. See that nobody has changed it, and ${remedy}`,
  });

/** Of what no job depends on. Where there is no file, there is nothing that others could have written. */
export async function isOurs(file: string): Promise<boolean> {
  const [self, it] = await Promise.all([found(SELF), found(file)]);
  return it === undefined || (!isWritableByOthers(it) && !isAnothers(it, self));
}

/**
 * A file that no job depends on, for work that must not be interrupted.
 * @returns its text; undefined when it is not there, or others could have written it: then it goes, so that a new one is ours.
 * @throws the file system's error for one that cannot be read.
 */
export function readOursSync(file: string): string | undefined {
  const it = statSync(file, { throwIfNoEntry: false });
  if (it === undefined) return undefined;
  if (!isWritableByOthers(it) && !isAnothers(it, statSync(SELF, { throwIfNoEntry: false }))) {
    return readFileSync(file, 'utf8');
  }
  rmSync(file, { force: true });
  return undefined;
}
