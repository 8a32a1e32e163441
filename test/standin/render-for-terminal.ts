/** What the runner puts behind a marker and in front of its own lines. */
const CLEAR_LINE = '\x1b[0K';

const SECTION_MARKER = /section_(?:start|end):\d+:[^\r\n]*\r/g;

/**
 * A job's log the way GitLab's page shows it: section markers are gone, titles and colours stay. A marker begins a new line on the page, so
 * one that comes behind text without a line end breaks the line.
 */
export const renderForTerminal = (log: Buffer): string =>
  log
    .toString('utf8')
    .replaceAll(CLEAR_LINE, '')
    .replace(SECTION_MARKER, '\0')
    .replace(/(?<![\n\0])\0/g, '\n')
    .replaceAll('\0', '')
    .replace(/^\n/, '');
