import { watch } from 'node:fs';
import { sep } from 'node:path';

/** Editors write a file in several steps, and builds many files. */
const QUIET_MS = 60;
const MAX_NAMED = 100;
/** Nothing that an author saves. */
const UNWATCHED: ReadonlySet<string> = new Set(['.git', 'node_modules']);
/** Of vim, Emacs, sed (its 4.x names a file as mkostemp does), GNOME's editors and JetBrains' ones. */
const EDITOR_FILE =
  /(?:~|\.sw[a-px]|\.tmp|___jb_(?:tmp|old)___)$|^(?:4913|\.#.*|#.*#|sed(?=.*[A-Z\d])[A-Za-z\d]{6}|\.goutputstream-.*)$/;

/** Whether a path in the folder is one that an author saves, and not what an editor writes beside it for a moment. */
export function isSaved(path: string): boolean {
  const names = path.split(sep);
  return !names.some((each) => UNWATCHED.has(each)) && !EDITOR_FILE.test(names.at(-1) ?? '');
}

/**
 * Tells of changes in a folder, once nothing has changed for 60 ms: what changed since the last time, relative to the folder.
 * Ends when the signal aborts. Changes are noticed from the moment of the call.
 * @throws Error where the folder is not there
 */
export function watchFolder(dir: string, signal: AbortSignal): AsyncIterable<string[]> {
  const changed = new Set<string>();
  let wake = Promise.withResolvers<void>();
  let timer: NodeJS.Timeout | undefined;
  const watcher = watch(dir, { recursive: true, signal }, (_, name) => {
    const path = name ?? '';
    if (!isSaved(path)) return;
    if (changed.size < MAX_NAMED) changed.add(path);
    clearTimeout(timer);
    timer = setTimeout(() => wake.resolve(), QUIET_MS);
  });
  // A folder that is removed meanwhile: the next look at it says so.
  watcher.on('error', () => wake.resolve());
  signal.addEventListener('abort', () => wake.resolve(), { once: true });
  return {
    async *[Symbol.asyncIterator]() {
      try {
        while (!signal.aborted) {
          await wake.promise;
          wake = Promise.withResolvers();
          if (signal.aborted) return;
          const paths = [...changed];
          changed.clear();
          yield paths;
        }
      } finally {
        clearTimeout(timer);
        watcher.close();
      }
    },
  };
}
