import { layersPart } from '../ui/load-layers.ts';

export const loadSessionPage = () => import('../features/transcript/session-page.tsx');

/** Long enough for the first page to render, and short enough to finish before anybody has written a message. */
const AFTER_FIRST_PAGE_MS = 800;

/**
 * Loads the session page's code: at once if that page was requested, otherwise after the first page. The code of menus
 * and dialogs also loads after the first page, so that the first menu opens without a wait.
 */
export function preloadPage(path: string): void {
  // A failure here is reported when the page itself is loaded.
  const load = () => void loadSessionPage().catch(() => {});
  const first = path.startsWith('/sessions/');
  if (first) load();
  setTimeout(() => {
    layersPart.load().catch(() => {});
    if (!first) load();
  }, AFTER_FIRST_PAGE_MS);
}
