export const loadHomePage = () => import('../features/sessions/home-page.tsx');
export const loadSessionPage = () => import('../features/transcript/session-page.tsx');

/** Starts to load what an address needs, beside the first request and not after it. */
export function preloadPage(path: string): void {
  const load = path.startsWith('/sessions/') ? loadSessionPage : path === '/' ? loadHomePage : null;
  // A failure here is told where the page itself is loaded.
  load?.().catch(() => {});
  // From the home page a session is one Enter away.
  if (load === loadHomePage) addEventListener('load', () => void loadSessionPage().catch(() => {}), { once: true });
}
