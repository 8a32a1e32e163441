const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/**
 * A Go duration such as `1h30m` or `500ms`, as job variables hold it.
 * @returns milliseconds; undefined when the text is none.
 */
export function parseDuration(text: string): number | undefined {
  if (text === '0') return 0;
  const [, sign, rest = ''] = /^([+-]?)(.*)$/.exec(text) ?? [];
  if (!/^(\d+(\.\d+)?(ms|s|m|h))+$/.test(rest)) return undefined;
  let total = 0;
  for (const [, number, unit = ''] of rest.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)) {
    total += Number(number) * (UNITS[unit] ?? 0);
  }
  return sign === '-' ? -total : total;
}

/** As Go prints it: `3s`, `1m30s`, `1h0m0s`, `250ms`. */
export function formatDuration(milliseconds: number): string {
  if (milliseconds === 0) return '0s';
  if (milliseconds < 1000) return `${milliseconds}ms`;
  const hours = Math.floor(milliseconds / 3_600_000);
  const minutes = Math.floor((milliseconds % 3_600_000) / 60_000);
  const seconds = `${(milliseconds % 60_000) / 1000}s`;
  if (hours > 0) return `${hours}h${minutes}m${seconds}`;
  return minutes > 0 ? `${minutes}m${seconds}` : seconds;
}
