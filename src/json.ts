/** @returns undefined when it is not JSON. A parser's own message would repeat what it read. */
export function parseJson(text: Buffer | string): unknown {
  try {
    return JSON.parse(text.toString('utf8'));
  } catch {
    return undefined;
  }
}
