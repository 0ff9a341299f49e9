import type { CodeLine, HighlightReply, HighlightRequest } from './highlight-message.ts';

type Waiting = (lines: readonly CodeLine[] | null) => void;

let worker: Worker | null = null;
let lastId = 0;
const waiting = new Map<number, Waiting>();

/**
 * Highlights code. Returns null if the language is unknown or its grammar cannot be loaded. It runs in a worker,
 * because preparing a grammar takes longer than a frame. The worker and each language are loaded when they are first
 * needed.
 */
export function highlight(code: string, language: string): Promise<readonly CodeLine[] | null> {
  const { promise, resolve } = Promise.withResolvers<readonly CodeLine[] | null>();
  worker ??= startWorker();
  lastId += 1;
  waiting.set(lastId, resolve);
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker has no origin to name
  worker.postMessage({ id: lastId, code, language } satisfies HighlightRequest);
  return promise;
}

function startWorker(): Worker {
  const started = new Worker(new URL('./highlight-worker.ts', import.meta.url), { type: 'module' });
  started.addEventListener('message', ({ data }: MessageEvent<HighlightReply>) => {
    waiting.get(data.id)?.(data.lines);
    waiting.delete(data.id);
  });
  // The worker could not be loaded, for instance while the server is down. The next call tries again.
  started.addEventListener('error', () => {
    started.terminate();
    if (worker === started) worker = null;
    for (const resolve of waiting.values()) resolve(null);
    waiting.clear();
  });
  return started;
}
