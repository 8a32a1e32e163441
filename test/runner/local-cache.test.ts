import { expect, it } from 'vitest';
import { cachesInFiles } from '../../src/runner/local-cache.ts';

/** As the runner's shells quote a whole script into one word. */
const script = (...calls: readonly string[]): string =>
  `eval $'export URL="curl --url http://example.com"\\n${calls.join('\\n')}\\ntrue'`;
const ARCHIVER = 'gitlab-runner "cache-archiver" "--file" "../../cache/k/cache.zip" "--timeout" "10"';

it.each([
  ['packs into a file', [ARCHIVER], true],
  ['unpacks from a file', [ARCHIVER.replace('archiver', 'extractor')], true],
  ['packs into an object store', [`${ARCHIVER} "--url" "https://store"`], false],
  ['packs into a store of Go Cloud', [`${ARCHIVER} "--gocloud-url" "azblob://store"`], false],
  ['packs one cache into a file and another one into a store', [ARCHIVER, `${ARCHIVER} --url https://store`], false],
  ['has a cache that is left alone', ['echo "Not uploading cache"'], false],
])('a script that %s', (_what, calls, isInFiles) => expect(cachesInFiles(script(...calls))).toBe(isInFiles));
