/**
 * How lines look in a job log: GitLab Runner's own colours, reset the way it does, so that our lines and the runner's cannot be told
 * apart by style (runner: `helpers/ansi_colors.go`, `common/buildlogger`).
 */
const RESET = '\x1b[0;m';

/** For a word within a line that is to be seen. */
export const yellow = (text: string): string => `\x1b[0;33m${text}${RESET}`;
/** For lines of somebody else, such as a service. */
export const grey = (text: string): string => `\x1b[0;37m${text}${RESET}`;
export const warning = (text: string): string => `${yellow(`WARNING: ${text}`)}\n`;
export const error = (text: string): string => `\x1b[31;1mERROR: ${text}${RESET}\n`;
/** Belongs to the error above it. */
export const remedy = (text: string): string => `\x1b[31;1m${text}${RESET}\n`;
export const plain = (text: string): string => `${text}\n`;

/** Markers that GitLab makes a foldable part of the page from; what is written next stands on the same line. Times in milliseconds since the epoch. */
export const sectionStart = (name: string, now: number): string => marker('section_start', name, now);
export const sectionEnd = (name: string, now: number): string => marker('section_end', name, now);

const marker = (kind: string, name: string, now: number): string =>
  `${kind}:${Math.trunc(now / 1000)}:${name}\r\x1b[0K`;

/** Seconds as people say them: `0.4 s`, `11 s`, `3 min 20 s`. */
export function duration(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  return whole < 120 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

export const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;
