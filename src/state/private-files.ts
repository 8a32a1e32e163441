import { readFileSync, rmSync, type Stats, statSync } from 'node:fs';
import { lstat, readlink, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { DriverError } from '../driver-error.ts';

/** Bits of a mode that let the group and all others write. */
const WRITABLE_BY_OTHERS = 0o022;
/** The bit for all others alone. A group's right to a folder above is its administrator's choice, and its members are trusted with it; what belongs to them is refused all the same. */
const WRITABLE_BY_ALL = 0o002;
/** In a folder with this bit, such as `/tmp`, nobody moves away what is another's. */
const STICKY = 0o1000;
const ROOT = 0;
/** Of links, one behind the other: as many as Linux follows (man 7 path_resolution). */
const MOST_LINKS = 40;
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
 * StrictModes), but for groups that may write a folder above. Whoever can write a record says where a script with its secrets is sent to, and who is asked to sign for it. What is not there can
 * be made, and is fine.
 * @param inside files and folders in the state folder.
 * @throws DriverError (operator) for the first path that others can write, or that belongs to another user than us and root.
 */
export async function requirePrivate(stateDir: string, ...inside: readonly string[]): Promise<void> {
  const [self, root] = await Promise.all([found(SELF), found('/')]);
  for (const step of await stepsTo(stateDir)) requireSafeStep(step, [self, root], stateDir);
  const paths = [stateDir, ...inside];
  const all = await Promise.all(paths.map(found));
  all.forEach((it, index) => {
    if (it !== undefined) requireOwn(paths[index] ?? '', it, self);
  });
}

/** A folder on the way to the state folder, or a link. */
interface Step extends Owned {
  readonly path: string;
  readonly isLink: boolean;
}

/** Every folder above the state folder, from the root on, and every link on the way. What is not there ends it: it will be made by us. */
async function stepsTo(stateDir: string): Promise<readonly Step[]> {
  const steps = new Map<string, Step>();
  let path = resolve(stateDir);
  for (let links = 0; links <= MOST_LINKS; links++) {
    const { steps: down, leadsTo } = await stepsDown(path);
    for (const step of down) steps.set(step.path, step);
    if (leadsTo === undefined) break;
    path = leadsTo;
  }
  return [...steps.values()];
}

/** From the root to the folder in which this path ends, or to the first link. @returns where that leads to, with the rest of the path. */
async function stepsDown(path: string): Promise<{ readonly steps: readonly Step[]; readonly leadsTo?: string }> {
  const steps: Step[] = [];
  for (const each of [...parentsOf(path), path]) {
    const it = await lstat(each).catch(() => undefined);
    if (it === undefined) break;
    const { uid, mode } = it;
    const isLink = it.isSymbolicLink();
    if (isLink || each !== path) steps.push({ path: each, isLink, uid, mode });
    if (!isLink) continue;
    const target = await readlink(each).catch(() => undefined);
    if (target === undefined) break;
    return { steps, leadsTo: join(resolve(dirname(each), target), path.slice(each.length)) };
  }
  return { steps };
}

function parentsOf(path: string): readonly string[] {
  const parent = dirname(path);
  return parent === path ? [] : [...parentsOf(parent), parent];
}

/**
 * Whoever can write a folder can move away what is in it, and put something else in its place; and a link of his own in a sticky one leads where he likes.
 * @param trusted us; and the owner of the root folder, who can do all of that anyway: in a user namespace he is nobody we know by number.
 */
function requireSafeStep(step: Step, trusted: readonly (Owned | undefined)[], stateDir: string): void {
  const { path, isLink } = step;
  const refuse = (why: string, remedy: string): never => {
    throw new DriverError('operator', `The state folder ${stateDir} is not used: ${why}.`, {
      hint: `Who can do that can put another folder in its place, and what is in there decides where jobs run and who gets their secrets. See that nobody has, and ${remedy}. Or set state_dir to a folder elsewhere.`,
    });
  };
  // A link has no rights of its own.
  if (!isLink && (step.mode & WRITABLE_BY_ALL) !== 0 && (step.mode & STICKY) === 0) {
    refuse(
      `every user can write ${path}, which it is in (mode ${modeText(step)})`,
      `take that right away (chmod o-w ${path}), or let each move only what is his own (chmod +t ${path})`,
    );
  }
  if (trusted.every((each) => isAnothers(step, each))) {
    refuse(
      `${path}, which ${isLink ? 'is a link on the way to it' : 'it is in'}, belongs to another user (${step.uid}; this is ${trusted[0]?.uid})`,
      `give it to root or to the user of GitLab Runner (chown ${isLink ? '-h ' : ''}USER ${path})`,
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
