// @ts-check
// `npm run csp -- <command>`: runs the csp command of this checkout on the pinned Node.
import { join } from 'node:path';
import { ensureInstalled } from './setup/install.mjs';
import { ROOT } from './setup/root.mjs';
import { runPinned } from './setup/run-pinned.mjs';

// In a checkout, `csp start` does the same as `npm start`.
if (process.argv[2] === 'start') await import('./start.mjs');
else {
  await ensureInstalled();
  runPinned('csp', [join(ROOT, 'apps', 'cli', 'src', 'main.ts'), ...process.argv.slice(2)]);
}
