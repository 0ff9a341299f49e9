/**
 * An app that never rests can stop the whole tab in a browser that gives frames no process of their own. Whoever loads the
 * page again gets the app back only when they ask for it: these entries say which apps had not answered yet.
 */
const KEY = 'csp.starting-app';

export function noteStarting(id: string): void {
  write([...read(), id]);
}

/** It has answered, or is not shown any more. */
export function noteRunning(id: string): void {
  write(read().filter((each) => each !== id));
}

/** Whether the page was left while the app had not answered. */
export function neverAnswered(id: string): boolean {
  return read().includes(id);
}

function read(): readonly string[] {
  try {
    return (sessionStorage.getItem(KEY) ?? '').split(' ').filter((each) => each !== '');
  } catch {
    return [];
  }
}

function write(ids: readonly string[]): void {
  try {
    if (ids.length === 0) sessionStorage.removeItem(KEY);
    else sessionStorage.setItem(KEY, [...new Set(ids)].slice(-20).join(' '));
  } catch {
    // Where storage is forbidden, such an app comes back with the page.
  }
}
