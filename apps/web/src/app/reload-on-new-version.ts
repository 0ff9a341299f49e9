const KEY = 'csp.reloaded-at';
const ONCE_IN_MS = 30_000;

/**
 * A page that was open while the server was updated asks for parts that are no longer there. It then loads itself anew,
 * once; drafts are kept, and the session resumes where it was.
 */
export function reloadOnNewVersion(): void {
  window.addEventListener('vite:preloadError', (event) => {
    if (Date.now() - Number(sessionStorage.getItem(KEY)) < ONCE_IN_MS) return;
    event.preventDefault();
    sessionStorage.setItem(KEY, String(Date.now()));
    location.reload();
  });
}
