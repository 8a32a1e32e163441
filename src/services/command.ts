import { LONGEST_WORD, MOST_ARGUMENTS, MOST_COMMAND_WORDS } from '../eci/limits.ts';
import { plural } from '../report/lines.ts';
import { refusedService, type Service, type ServiceOwner } from './service.ts';

interface Asked {
  readonly image: string;
  readonly owner: ServiceOwner;
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
}

/**
 * What a service runs: its entrypoint in place of the image's, its command in place of the image's, as the Kubernetes executor does it. Where
 * the entrypoint is known, what does not fit among the arguments goes behind it: the program gets the same words.
 * @throws DriverError (user; operator for a service of the settings) for more or longer words than ECI takes.
 */
export function serviceCommand(service: Asked): Pick<Service, 'command' | 'args'> {
  const { command } = service;
  for (const word of [...service.entrypoint, ...command]) {
    if (word.length > LONGEST_WORD) {
      throw refused(service, `has a word of ${word.length} characters in its entrypoint or command`, `${LONGEST_WORD}`);
    }
  }
  if (service.entrypoint.length === 0) {
    if (command.length <= MOST_ARGUMENTS) return { command: [], args: command };
    throw refused(service, `has a command of ${plural(command.length, 'word')}`, `${MOST_ARGUMENTS} arguments`);
  }
  // `entrypoint: [""]` is Docker's way to have none.
  const words = service.entrypoint.every((word) => word === '') ? command : [...service.entrypoint, ...command];
  if (words.length === 0) {
    throw refusedService(
      service.owner,
      `The service ${service.image} has an empty entrypoint and no command, so that there is nothing to run.`,
      'Name a command beside it, or leave the entrypoint away: then the image has its own.',
    );
  }
  if (words.length <= MOST_COMMAND_WORDS) return { command: words, args: [] };
  if (words.length <= MOST_COMMAND_WORDS + MOST_ARGUMENTS) {
    return { command: words.slice(0, MOST_COMMAND_WORDS), args: words.slice(MOST_COMMAND_WORDS) };
  }
  throw refused(
    service,
    `has an entrypoint and a command of ${plural(words.length, 'word')} together`,
    `${MOST_COMMAND_WORDS + MOST_ARGUMENTS}`,
  );
}

const refused = ({ image, owner, entrypoint }: Asked, what: string, most: string) =>
  refusedService(
    owner,
    `The service ${image} ${what}; ECI takes ${most}.`,
    entrypoint.length === 0
      ? `Name the image's entrypoint too: then there is room for ${MOST_COMMAND_WORDS + MOST_ARGUMENTS} words in all. Or put the command into a script of the image.`
      : 'Put the command into a script of the image, or its settings into a file.',
  );
