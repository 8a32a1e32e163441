const NAMED: Readonly<Record<string, string>> = { '\n': '\\n', '\t': '\\t', '\r': '\\r', "'": "\\'", '\\': '\\\\' };

/**
 * One shell word in ANSI-C quoting, bytes beyond printable ASCII in hexadecimal; a word of harmless characters stays bare. The runner's
 * default, which bash and busybox understand and dash does not (runner: `helpers/shell_escape.go`).
 */
export function shellWord(text: string): string {
  if (/^[\w@%,./-]+$/.test(text)) return text;
  return `$'${Buffer.from(text)
    .toString('latin1')
    .replace(/[^ -&(-[\]-~]/g, escaped)}'`;
}

const escaped = (byte: string): string => NAMED[byte] ?? `\\x${byte.charCodeAt(0).toString(16).padStart(2, '0')}`;

const TRAP = "trap 'exit 1' TERM";

/**
 * The shape that every generated script has: a TERM trap, errexit, and the whole body as one word that a sub-shell evaluates with an empty
 * stdin (runner: `shells/bash.go`).
 */
export const wrapBody = (body: string, shell: string): string =>
  [
    `#!/usr/bin/env ${shell}`,
    '',
    TRAP,
    '',
    'case "$(set -o)" in *"pipefail"*) set -o pipefail;; esac; set -o errexit',
    'set +o noclobber',
    `(${TRAP}; eval ${shellWord(body)}) < /dev/null`,
    'exit 0',
    '',
  ].join('\n');
