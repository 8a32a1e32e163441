/** What ECI takes of one container and of a group (Alibaba Cloud: "Limits", and the parameters of CreateContainerGroup). */
export const LONGEST_VALUE = 256;
export const MOST_VARIABLES = 240;
export const LONGEST_WORD = 256;
export const MOST_COMMAND_WORDS = 20;
export const MOST_ARGUMENTS = 10;
export const LONGEST_IMAGE = 255;
export const MOST_CONTAINERS = 20;
export const MOST_HOSTS_PER_ALIAS = 50;
export const MOST_HOST_ALIASES = 100;

/** A name that ECI takes for an environment variable. */
export const VARIABLE_NAME = /^[a-zA-Z_][a-zA-Z0-9_]{0,127}$/;
