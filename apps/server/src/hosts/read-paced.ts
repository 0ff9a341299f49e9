import type { Readable } from 'node:stream';

const SECOND_MS = 1000;
/** What is read of a process's standard error in a second; more than any program writes to be read by people. */
const MAX_CHARS_PER_SECOND = 4 * 1024 * 1024;

/**
 * Reads text no faster than 4 MiB a second: who writes more waits at a full pipe, and not the server, which looks for
 * secrets in all of it. The returned function ends that, for the rest of a process that has ended.
 */
export function readPaced(from: Readable, onText: (text: string) => void, max = MAX_CHARS_PER_SECOND): () => void {
  let startedMs = performance.now();
  let chars = 0;
  let timer: NodeJS.Timeout | undefined;
  let isPaced = true;

  const go = () => {
    clearTimeout(timer);
    from.resume();
  };
  from.setEncoding('utf8').on('data', (text: string) => {
    onText(text);
    const now = performance.now();
    if (now - startedMs >= SECOND_MS) {
      startedMs = now;
      chars = 0;
    }
    chars += text.length;
    if (chars < max || !isPaced) return;
    from.pause();
    timer = setTimeout(go, startedMs + SECOND_MS - now).unref();
  });
  return () => {
    isPaced = false;
    if (!from.destroyed) go();
  };
}
