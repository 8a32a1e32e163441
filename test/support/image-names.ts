/** What the tests call their images; container-images.ts and world-images.ts make them. */
export const AGENT_IMAGE = 'registry.example.com/eci-agent:1';
export const BUSYBOX_IMAGE = 'busybox:1';
/** The same as uid 1000, which has no entry in passwd; there is no passwd. */
export const USER_IMAGE = 'registry.example.com/user:1';
/** The same with a program of its own in a PATH of its own. */
export const TOOL_IMAGE = 'registry.example.com/tool:1';
/** One static program and nothing else. */
export const BARE_IMAGE = 'registry.example.com/bare:1';
/** A web server on port 80, or the port of its argument, whose page tells GREETING. */
export const SERVICE_IMAGE = 'registry.example.com/service:1';
/** A service that says why, and ends with 3. */
export const ENDING_SERVICE_IMAGE = 'registry.example.com/service-that-ends:1';
/** A service that says something, and never listens. */
export const DEAF_SERVICE_IMAGE = 'registry.example.com/service-that-never-listens:1';
/** Debian with git, as the helper's image. */
export const HELPER_IMAGE = 'registry.example.com/helper:1';
