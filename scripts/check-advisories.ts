// Fails when a package that runs in production has a known vulnerability of severity high or critical. A step of
// `npm run check`. Offline, or where the registry keeps no advisories, it says that it was skipped: a check must also
// work on a plane.
import { spawn } from 'node:child_process';

import { ROOT } from './setup/root.mjs';
import { judgeAudit } from './advisories/judge-audit.ts';

/** npm alone would try for minutes. */
const TIME_LIMIT_MS = 20_000;
const ARGS = ['audit', '--omit=dev', '--json', '--audit-level=high', '--fetch-retries=0', '--fetch-timeout=10000'];

const audit = await runAudit();
const judgement = judgeAudit(audit.timedOut ? undefined : audit.output);
console.log(judgement.text);
process.exitCode = judgement.fails ? 1 : 0;

function runAudit(): Promise<{ output: string; timedOut: boolean }> {
  return new Promise((resolve) => {
    const child = spawn('npm', ARGS, { cwd: ROOT, stdio: ['ignore', 'pipe', 'ignore'], timeout: TIME_LIMIT_MS });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    child.on('error', () => resolve({ output: '', timedOut: false }));
    child.on('close', (_code, signal) => resolve({ output, timedOut: signal !== null }));
  });
}
