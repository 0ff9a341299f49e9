import { type CheckResult, toOk, toProblem } from './check-result.ts';

// The first release line that runs TypeScript files without a flag.
const OLDEST = [22, 18] as const;

/** Checks that this Node (`process.version`) runs the server's TypeScript as it is. */
export function checkNode(version: string): CheckResult {
  const [major = 0, minor = 0] = version.replace(/^v/, '').split('.').map(Number);
  const isNewEnough = major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1]);
  if (isNewEnough) return toOk('Node', version);
  return toProblem('Node', 'failed', {
    detail: `${version} is older than ${OLDEST.join('.')}`,
    remedy: 'Start through npm (npm start, npm run csp), which brings its own Node.',
  });
}
