/** Version of docs/agent-protocol.md that this driver speaks. */
export const AGENT_PROTOCOL = 1;
