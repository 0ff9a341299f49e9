const KEY = 'csp.reloaded-at';
const ONCE_IN_MS = 30_000;

/**
 * A page that was open during an update of the server may ask for chunks that no longer exist. This reloads the page
 * once. Drafts are kept, and the session resumes where it was.
 */
export function reloadOnNewVersion(): void {
  window.addEventListener('vite:preloadError', (event) => {
    if (Date.now() - Number(sessionStorage.getItem(KEY)) < ONCE_IN_MS) return;
    event.preventDefault();
    sessionStorage.setItem(KEY, String(Date.now()));
    location.reload();
  });
}
