/** Version of docs/agent-protocol.md that this driver speaks. */
export const AGENT_PROTOCOL = 1;

/** Seconds that a script of the job has from TERM to KILL (section 4, `kill_after`). */
export const KILL_AFTER = 10;

/** Seconds that an agent gives to its followers when the platform stops the container (section 7). */
export const FAREWELL = 2;
