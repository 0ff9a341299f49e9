/** For `csp`, which imports no other package of plugins. */
export { openPlugin } from '@claude-sdk-pattern/plugin-api/testing';
