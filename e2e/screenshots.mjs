// @ts-check
// `npm run screenshots`: installs and builds what is missing, then takes pictures of every view on the pinned Node.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { ensureChromium } from '../scripts/setup/chromium.mjs';
import { ensureInstalled } from '../scripts/setup/install.mjs';
import { PINNED_NODE, ROOT } from '../scripts/setup/root.mjs';
import { ensureWebBuilt } from '../scripts/setup/web-build.mjs';

await ensureInstalled();
ensureWebBuilt();
const pictures = spawn(PINNED_NODE, [join(ROOT, 'e2e', 'take-screenshots.ts')], {
  stdio: 'inherit',
  env: { ...process.env, CLAUDE_SDK_PATTERN_CHROMIUM: ensureChromium() },
});
pictures.on('exit', (code) => {
  process.exitCode = code ?? 1;
});
