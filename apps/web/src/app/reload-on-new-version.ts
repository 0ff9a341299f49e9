import { toHref } from '../api/base-path.ts';

const KEY = 'csp.reloaded-at';
const ONCE_IN_MS = 30_000;

/**
 * A page that was open during an update of the server may ask for chunks that no longer exist. This reloads the page
 * once, if the server answers: without it, or without a network, nothing would come back. Drafts are kept, and the
 * session resumes where it was.
 */
export function reloadOnNewVersion(): void {
  window.addEventListener('vite:preloadError', () => {
    if (Date.now() - Number(sessionStorage.getItem(KEY)) < ONCE_IN_MS) return;
    fetch(toHref('/health/live'), { cache: 'no-store' })
      .then(({ ok }) => {
        if (!ok) return;
        sessionStorage.setItem(KEY, String(Date.now()));
        location.reload();
      })
      .catch(() => undefined);
  });
}
