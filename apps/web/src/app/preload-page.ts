import { layersPart } from '../ui/load-layers.ts';

export const loadSessionPage = () => import('../features/transcript/session-page.tsx');

/** Long enough for the first page to be drawn, short enough to be done before anybody has written a message. */
const AFTER_FIRST_PAGE_MS = 800;

/**
 * Starts to load the session page: beside the first request where it is asked for, otherwise after the first page. What
 * menus and dialogs are made of comes after the first page too, so that the first one opens at once.
 */
export function preloadPage(path: string): void {
  // A failure here is told where the page itself is loaded.
  const load = () => void loadSessionPage().catch(() => {});
  const first = path.startsWith('/sessions/');
  if (first) load();
  setTimeout(() => {
    layersPart.load().catch(() => {});
    if (!first) load();
  }, AFTER_FIRST_PAGE_MS);
}
