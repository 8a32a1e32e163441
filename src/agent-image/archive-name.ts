/** The file with the agent's image, which stands beside the program. */
export const ARCHIVE_NAME = 'eci-agent-image.tar';
