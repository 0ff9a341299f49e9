// @ts-check
// `npm run bench`: installs what is missing, then measures on the pinned Node. `npm run bench -- --quick` is a short run.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { ensureInstalled } from '../scripts/setup/install.mjs';
import { PINNED_NODE, ROOT } from '../scripts/setup/root.mjs';

await ensureInstalled();
const bench = spawn(PINNED_NODE, [join(ROOT, 'bench', 'main.ts'), ...process.argv.slice(2)], { stdio: 'inherit' });
// The terminal sends Ctrl-C to the bench as well, which cleans up; this program only waits for its end.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => bench.kill('SIGTERM'));
bench.on('exit', (code) => {
  process.exitCode = code ?? 1;
});
