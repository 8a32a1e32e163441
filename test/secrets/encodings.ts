/** One way in which a text could stand in an output. */
export interface Encoded {
  readonly as: string;
  readonly text: string;
}

/** What a search says of a find. It never holds the secret: this is what a failing test prints. */
export interface Leak {
  readonly secret: string;
  readonly as: string;
  readonly where: string;
}

/** Secrets by a name that may be shown. */
export type Secrets = ReadonlyMap<string, string>;

/** GitLab masks nothing shorter, and shorter texts stand in innocent places by chance. */
const SHORTEST = 8;

/**
 * Every form in which a secret could appear: as it is, in a URL (once or twice over), as JSON writes it (once or twice over, by Node, Go
 * or Gson), as a shell quotes it, in hexadecimal digits, and in base64 at each of the three places that it can have in a longer text. Each line of a
 * secret with several counts by itself, too.
 */
export function encodingsOf(secret: string): readonly Encoded[] {
  const lines = secret.includes('\n') ? secret.split(/\r?\n/).filter(saysSomething) : [];
  return [
    ...formsOf(secret),
    ...lines.flatMap((line) => formsOf(line).map(({ as, text }) => ({ as: `one line ${as}`, text }))),
  ].filter(({ text }, index, all) => all.findIndex((other) => other.text === text) === index);
}

/** Lines such as `-----BEGIN …` are in every key. */
const saysSomething = (line: string): boolean => line.trim().length >= SHORTEST && !line.startsWith('-----');

function formsOf(secret: string): readonly Encoded[] {
  const bytes = Buffer.from(secret);
  const url = encodeURIComponent(secret);
  // Signatures of the ECI API escape these as well.
  const strict = url.replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
  const json = inJson(secret);
  const forPages = json.replace(/[<>&\u2028\u2029]/g, asCode);
  const byGson = json.replace(/[<>&='\u2028\u2029]/g, asCode);
  const aligned = [0, 1, 2].map((before) => base64Within(bytes, before));
  return [
    { as: 'as it is', text: secret },
    { as: 'in a URL', text: url },
    { as: 'in a URL', text: strict },
    { as: 'in a form', text: url.replaceAll('%20', '+') },
    { as: 'in a URL, in lower case', text: strict.replace(/%../g, (code) => code.toLowerCase()) },
    { as: 'in a URL, twice', text: encodeURIComponent(strict) },
    { as: 'in JSON', text: json },
    { as: 'in JSON of Go or Rails', text: forPages },
    { as: 'in JSON of Gson', text: byGson },
    ...[json, forPages, byGson].map((text) => ({ as: 'in JSON, twice', text: inJson(text) })),
    { as: 'in quotes of a shell', text: secret.replaceAll("'", `'\\''`) },
    { as: 'in hexadecimal digits', text: bytes.toString('hex') },
    { as: 'in hexadecimal digits', text: bytes.toString('hex').toUpperCase() },
    ...aligned.map((text) => ({ as: 'in base64', text })),
    ...aligned.map((text) => ({ as: 'in base64url', text: text.replaceAll('+', '-').replaceAll('/', '_') })),
  ];
}

const inJson = (text: string): string => JSON.stringify(text).slice(1, -1);
const asCode = (sign: string): string => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** The digits that these bytes alone decide when so many others come before, and any number behind. */
function base64Within(bytes: Buffer, before: number): string {
  const all = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64');
  return all.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6));
}

/** Looks for secrets in one output. @param where for people. */
export function findSecrets(output: Uint8Array | string, secrets: Secrets, where: string): readonly Leak[] {
  const bytes =
    typeof output === 'string' ? Buffer.from(output) : Buffer.from(output.buffer, output.byteOffset, output.byteLength);
  return [...secrets]
    .filter(([, secret]) => secret.length >= SHORTEST)
    .flatMap(([name, secret]) =>
      encodingsOf(secret)
        .filter(({ text }) => bytes.includes(text))
        .map(({ as }) => ({ secret: name, as, where })),
    );
}
