/** Tar archives of a few small files, in memory (POSIX.1-1988 `ustar`; source: pax(1), "ustar Interchange Format"). */

export interface TarEntry {
  /** Relative, with `/`; a folder's ends with one. At most 100 characters. */
  readonly path: string;
  /** Permission bits. */
  readonly mode: number;
  /** Empty for a folder. */
  readonly content: Uint8Array;
}

const BLOCK = 512;
const [REGULAR, FOLDER] = ['0', '5'];
/** Offsets and lengths of a header's fields. */
const FIELD = {
  name: [0, 100],
  mode: [100, 8],
  uid: [108, 8],
  gid: [116, 8],
  size: [124, 12],
  mtime: [136, 12],
  checksum: [148, 8],
  type: [156, 1],
  magic: [257, 8],
  prefix: [345, 155],
} as const;

/** @returns an archive in which everything belongs to root and is of the year 1970, so that the same entries make the same bytes. */
export function writeTar(entries: readonly TarEntry[]): Buffer {
  const blocks = entries.flatMap(({ path, mode, content }) => {
    const header = Buffer.alloc(BLOCK);
    const put = ([offset, length]: readonly [number, number], text: string): void => {
      if (text.length > length) throw new Error(`${path} does not fit into a tar header`);
      header.write(text, offset, 'latin1');
    };
    const octal = (number: number, [, length]: readonly [number, number]): string =>
      `${number.toString(8).padStart(length - 1, '0')}\0`;
    put(FIELD.name, path);
    put(FIELD.mode, octal(mode, FIELD.mode));
    put(FIELD.uid, octal(0, FIELD.uid));
    put(FIELD.gid, octal(0, FIELD.gid));
    put(FIELD.size, octal(content.byteLength, FIELD.size));
    put(FIELD.mtime, octal(0, FIELD.mtime));
    put(FIELD.type, path.endsWith('/') ? FOLDER : REGULAR);
    put(FIELD.magic, 'ustar\x0000');
    put(FIELD.checksum, `${checksum(header).toString(8).padStart(6, '0')}\0 `);
    return [header, content, Buffer.alloc(padding(content.byteLength))];
  });
  return Buffer.concat([...blocks, Buffer.alloc(2 * BLOCK)]);
}

/**
 * @returns the regular files by their paths, without a leading `./`. What else an archive holds is left out.
 * @throws Error when the bytes are not a whole tar archive.
 */
export function readTar(archive: Buffer): Map<string, Buffer> {
  const files = new Map<string, Buffer>();
  let offset = 0;
  for (;;) {
    const header = archive.subarray(offset, offset + BLOCK);
    if (header.length < BLOCK) throw new Error('it ends too early');
    // A block of zeros marks the end.
    if (header.every((byte) => byte === 0)) return files;
    const size = number(header, FIELD.size);
    if (number(header, FIELD.checksum) !== checksum(header) || Number.isNaN(size)) throw new Error('it is not a tar');
    const content = archive.subarray(offset + BLOCK, offset + BLOCK + size);
    if (content.length < size) throw new Error('it ends too early');
    const type = text(header, FIELD.type);
    // Programs older than POSIX write nothing as the type of a file.
    if (type === REGULAR || type === '') files.set(pathOf(header), content);
    offset += BLOCK + size + padding(size);
  }
}

function pathOf(header: Buffer): string {
  // GNU's tar has other things at the place of the prefix, and says so in the magic.
  const prefix = text(header, FIELD.magic) === 'ustar' ? text(header, FIELD.prefix) : '';
  return `${prefix === '' ? '' : `${prefix}/`}${text(header, FIELD.name)}`.replace(/^\.\//, '');
}

/** Its own field counts as blanks. */
function checksum(header: Buffer): number {
  const [start, length] = FIELD.checksum;
  const own = header.subarray(start, start + length).reduce((sum, byte) => sum + byte, 0);
  return header.reduce((sum, byte) => sum + byte, 0) - own + length * ' '.charCodeAt(0);
}

function text(header: Buffer, [offset, length]: readonly [number, number]): string {
  const [before = ''] = header.toString('latin1', offset, offset + length).split('\0');
  return before;
}

/** @returns NaN for what is no number in octal digits, negative ones included. */
function number(header: Buffer, field: readonly [number, number]): number {
  const digits = text(header, field).trim();
  return /^[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : Number.NaN;
}

const padding = (size: number): number => (BLOCK - (size % BLOCK)) % BLOCK;
