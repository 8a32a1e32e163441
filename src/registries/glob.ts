/**
 * The patterns of `allowed_images` and `allowed_services`: those of the runner, which matches them against the whole of an image's name
 * (runner: `common/allowed_images.go`, by doublestar's rules). `*` and `?` stop at a slash, `**` as a part of its own between slashes goes
 * over any number of parts, none included; `[a-z]`, `[!a-z]` and `{one,other}` choose, a backslash takes a special meaning away.
 */

/** An alternation or a class without an end, an empty class, and a backslash at the end are no patterns; nor is one with too many alternatives. */
export const isGlob = (pattern: string): boolean => regularExpressions(pattern) !== undefined;

/** A pattern that is none matches nothing. */
export const matchesGlob = (pattern: string, text: string): boolean =>
  regularExpressions(pattern)?.some((each) => each.test(text)) ?? false;

/** What a pattern is made of: a special sign, or what matches one character; a slash is both. */
interface Sign {
  readonly special?: '**' | '/' | '{' | ',' | '}';
  readonly source: string;
}

const MOST_ALTERNATIVES = 1000;

function regularExpressions(pattern: string): readonly RegExp[] | undefined {
  const signs = signsOf(pattern);
  const alternatives = signs && alternativesOf(signs);
  return alternatives?.map((each) => new RegExp(`^${sourceOf(each)}$`, 'su'));
}

/** @returns undefined when something has no end. */
function signsOf(pattern: string): readonly Sign[] | undefined {
  const signs: Sign[] = [];
  const rest = [...pattern];
  while (rest.length > 0) {
    const char = rest.shift() ?? '';
    if (char === '\\') {
      const literal = rest.shift();
      if (literal === undefined) return undefined;
      signs.push(literalSign(literal));
    } else if (char === '[') {
      const source = takeClass(rest);
      if (source === undefined) return undefined;
      signs.push({ source });
    } else if (char === '?') signs.push({ source: '[^/]' });
    else if (char === '*' && rest[0] === '*') {
      rest.shift();
      signs.push({ special: '**', source: '[^/]*' });
    } else if (char === '*') signs.push({ source: '[^/]*' });
    else if (char === '{' || char === ',' || char === '}') signs.push({ special: char, source: literalOf(char) });
    else signs.push(literalSign(char));
  }
  return signs;
}

const literalSign = (char: string): Sign =>
  char === '/' ? { special: '/', source: '/' } : { source: literalOf(char) };
const literalOf = (char: string): string => char.replace(/[\\^$.*+?()[\]{}|/]/, '\\$&');
const inClass = (char: string): string => char.replace(/[\\^\]-]/, '\\$&');

/** Takes a class away from what follows its opening bracket. */
function takeClass(rest: string[]): string | undefined {
  const isNegated = rest[0] === '!' || rest[0] === '^';
  if (isNegated) rest.shift();
  if (rest[0] === ']') return undefined;
  const members: string[] = [];
  while (rest.length > 0 && rest[0] !== ']') {
    const low = takeMember(rest);
    let high = low;
    if (rest[0] === '-' && rest.length > 1 && rest[1] !== ']') {
      rest.shift();
      high = takeMember(rest);
    }
    if (low === undefined || high === undefined) return undefined;
    // A range the other way round holds its first character only.
    members.push(low < high ? `${inClass(low)}-${inClass(high)}` : inClass(low));
  }
  if (rest.shift() === undefined) return undefined;
  return `[${isNegated ? '^' : ''}${members.join('')}]`;
}

const takeMember = (rest: string[]): string | undefined => {
  const char = rest.shift();
  return char === '\\' ? rest.shift() : char;
};

/** Every way through the braces. @returns undefined when a brace is alone, or there are too many ways. */
function alternativesOf(signs: readonly Sign[]): readonly (readonly Sign[])[] | undefined {
  // One list of ways for each brace that is open, behind those for the whole: ways that are complete, and ways that grow.
  const open: { done: Sign[][]; growing: Sign[][] }[] = [{ done: [], growing: [[]] }];
  for (const sign of signs) {
    const inner = open.at(-1);
    if (!inner) return undefined;
    if (sign.special === '{') open.push({ done: [], growing: [[]] });
    else if (sign.special === ',' && open.length > 1) {
      inner.done.push(...inner.growing);
      inner.growing = [[]];
    } else if (sign.special === '}') {
      open.pop();
      const outer = open.at(-1);
      if (!outer) return undefined;
      const ways = [...inner.done, ...inner.growing];
      if (outer.growing.length * ways.length > MOST_ALTERNATIVES) return undefined;
      outer.growing = outer.growing.flatMap((before) => ways.map((way) => [...before, ...way]));
    } else for (const way of inner.growing) way.push(sign);
  }
  return open.length === 1 ? open[0]?.growing : undefined;
}

/** Two stars are one, unless they are a part of their own; at the end they need not even have the slash before them. */
function sourceOf(signs: readonly Sign[]): string {
  let source = '';
  for (let i = 0; i < signs.length; i++) {
    const [previous, sign, next, afterNext] = [signs[i - 1], signs[i], signs[i + 1], signs[i + 2]];
    if (sign?.special === '/' && next?.special === '**') {
      if (i + 2 === signs.length) return `${source}(?:/.*)?`;
      if (afterNext?.special === '/' && i + 3 === signs.length) return `${source}(?:/(?:[^/]*/)*)?`;
    }
    const startsPart = previous === undefined || previous.special === '/';
    if (startsPart && sign?.special === '**' && next === undefined) return `${source}.*`;
    if (startsPart && sign?.special === '**' && next?.special === '/') {
      source += '(?:[^/]*/)*';
      i++;
    } else source += sign?.source ?? '';
  }
  return source;
}
