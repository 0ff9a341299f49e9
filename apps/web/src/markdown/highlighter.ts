import type { CodeLine, HighlightReply, HighlightRequest } from './highlight-message.ts';

type Waiting = (lines: readonly CodeLine[] | null) => void;

let worker: Worker | null = null;
let lastId = 0;
const waiting = new Map<number, Waiting>();

/**
 * Colours a code; null for a language that is not known, or when it cannot be loaded. Runs in a worker, which is started
 * when first needed and loads each language when first needed: the grammar of one takes longer to prepare than a frame
 * may last.
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
  // It could not be loaded, as when the server is away: the next code tries again.
  started.addEventListener('error', () => {
    started.terminate();
    if (worker === started) worker = null;
    for (const resolve of waiting.values()) resolve(null);
    waiting.clear();
  });
  return started;
}
