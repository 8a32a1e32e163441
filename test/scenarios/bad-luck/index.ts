import { ACCOUNT } from './account.ts';
import { API } from './api.ts';
import { MANAGER } from './manager.ts';
import type { BadLuck } from './row.ts';
import { RUNNING } from './running.ts';
import { START } from './start.ts';
import { STOCK } from './stock.ts';

const THE_START = 'The start';
const RUNNING_SCRIPT = 'While the script runs';
/** What is another thing on another kind of machine. */
export const ABOUT_MACHINES: readonly string[] = [THE_START, RUNNING_SCRIPT];

/** Every row, by what it is about. */
export const BAD_LUCK: Readonly<Record<string, readonly BadLuck[]>> = {
  'The manager': MANAGER,
  'The account': ACCOUNT,
  'The API': API,
  'Stock and placement': STOCK,
  [THE_START]: START,
  [RUNNING_SCRIPT]: RUNNING,
};
