/**
 * Whether GitLab Runner keeps caches in an object store, nobody tells a custom executor: neither its environment nor the job response do. Its
 * scripts do: with `[runners.cache]` the program that packs or unpacks a cache is given a URL (runner: `shells/abstract.go`,
 * `getCacheUploadURLAndEnv`), and without it only a file below cache_dir.
 */
const CALL = /cache-(?:extractor|archiver)\b((?:(?!\\n|\n)[^])*)/g;
const STORE = /--(?:gocloud-)?url\b/;

/** @param script of a stage. @returns whether it packs or unpacks caches, all of them in files below cache_dir alone. */
export function cachesInFiles(script: string): boolean {
  const calls = [...script.matchAll(CALL)].map(([, rest = '']) => rest);
  return calls.length > 0 && calls.every((rest) => !STORE.test(rest));
}

/**
 * The stage that is the first to do something with the job's cache.
 * @param pulls the job looks for a cache before its script.
 */
export const firstCacheStage = (pulls: boolean): string => (pulls ? 'restore_cache' : 'archive_cache');
