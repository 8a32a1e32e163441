/** GitLab masks nothing shorter, and shorter texts stand in innocent places by chance. */
export const SHORTEST_SECRET = 8;

/**
 * Every text in which one of these secrets could stand: as it is, in a URL, a form, JSON, quotes of a shell, hexadecimal digits and base64. Each line
 * of a longer one counts by itself. The longest comes first: one may be a part of another.
 */
export function secretForms(secrets: readonly string[]): readonly string[] {
  const lines = secrets.flatMap((secret) => (secret.includes('\n') ? [secret, ...secret.split(/\r?\n/)] : [secret]));
  const forms = lines.filter((each) => each.trim().length >= SHORTEST_SECRET).flatMap(formsOf);
  return [...new Set(forms)].toSorted((a, b) => b.length - a.length);
}

function formsOf(secret: string): readonly string[] {
  const bytes = Buffer.from(secret);
  // Through bytes: half a character of JSON cannot be encoded.
  const url = encodeURIComponent(bytes.toString('utf8'));
  // Signatures of the ECI API escape these as well.
  const strict = url.replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
  const json = [inJson(secret), ...ESCAPED_BESIDE.map((signs) => withCodes(inJson(secret), signs))];
  const hex = bytes.toString('hex');
  const base64 = [0, 1, 2].map((before) => base64Behind(before, bytes));
  return [
    secret,
    url,
    strict,
    url.replaceAll('%20', '+'),
    strict.replaceAll('%20', '+'),
    strict.replace(/%../g, (code) => code.toLowerCase()),
    encodeURIComponent(strict),
    ...json,
    ...json.map(inJson),
    secret.replaceAll("'", `'\\''`),
    hex,
    hex.toUpperCase(),
    ...base64,
    ...base64.map((digits) => digits.replaceAll('+', '-').replaceAll('/', '_')),
  ];
}

const inJson = (text: string): string => JSON.stringify(text).slice(1, -1);

/** What others escape in JSON where Node does not: Go and Rails, and Gson. */
const ESCAPED_BESIDE = [/[<>&\u2028\u2029]/g, /[<>&='\u2028\u2029]/g];

const withCodes = (json: string, signs: RegExp): string =>
  json.replace(signs, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** Of a longer text, with so many other bytes in front: the digits that these bytes alone decide. */
function base64Behind(before: number, bytes: Buffer): string {
  const digits = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64');
  return digits.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6));
}
