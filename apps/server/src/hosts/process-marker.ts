/**
 * The environment variable that marks processes of this server, with the value `NODE/SESSION`. By it the next server
 * finds what a dead one left.
 */
export const PROCESS_MARKER = 'CLAUDE_SDK_PATTERN_PROCESS';
