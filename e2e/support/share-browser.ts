import type { Browser } from 'playwright-core';

import { openBrowser } from './open-browser.ts';

const KEY = Symbol.for('claude-sdk-pattern.browser');
const worker = globalThis as { [KEY]?: Browser };

/**
 * Returns the browser of this test worker, which all its files use, and starts one if there is none or if it has crashed.
 * It ends with the worker. vitest loads our modules anew for each file, so that the browser is kept on `globalThis`.
 */
export async function shareBrowser(): Promise<Browser> {
  if (worker[KEY]?.isConnected() !== true) {
    worker[KEY] = await openBrowser({ bare: true });
    // vitest 5.1 sends SIGTERM to a worker and SIGKILL half a second later. Playwright's own handler may need longer to
    // close the browser. On exit it kills the browser at once and deletes the profile.
    process.prependOnceListener('SIGTERM', () => process.exit());
  }
  return worker[KEY];
}
