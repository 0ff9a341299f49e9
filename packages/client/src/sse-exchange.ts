import { createParser } from 'eventsource-parser';
import type { ClientFrame, ServerFrame } from '@claude-sdk-pattern/protocol';

import type { Clock } from './clock.ts';
import { readError, type Fetch } from './http.ts';
import { parseServerFrame } from './server-frame.ts';
import type { ClientError } from './client-error.ts';

/** The server sends something every 15 s; a stream that is silent for longer than this is lost. */
const SILENCE_MS = 40_000;

export interface SseExchangeOptions {
  fetch: Fetch;
  url: string;
  headers: Record<string, string>;
  clock: Clock;
  signal: AbortSignal;
  onFrame: (frame: ServerFrame) => void;
}

/** How an exchange ended: completely, or refused with an error that answers all of its frames. */
export type ExchangeEnd = { ended: 'done' } | { ended: 'refused'; error: ClientError } | { ended: 'lost' };

/**
 * Posts frames and passes on each frame of the event stream that answers them, until it ends. `lost`: another
 * connection has to be tried (no network, a bad credential, a proxy's error, silence).
 */
export async function exchangeFrames(
  frames: readonly ClientFrame[],
  { fetch, url, headers, clock, signal, onFrame }: SseExchangeOptions,
): Promise<ExchangeEnd> {
  const silence = new AbortController();
  const watch = createSilenceWatch(clock, () => silence.abort());
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream', ...headers },
      body: JSON.stringify({ frames }),
      signal: AbortSignal.any([signal, silence.signal]),
    });
    if (!response.ok) return await toEnd(response);
    const parser = createParser({
      onEvent({ data }) {
        const frame = signal.aborted ? undefined : parseServerFrame(data);
        if (frame) onFrame(frame);
      },
    });
    const decoder = new TextDecoder();
    const reader = response.body?.getReader();
    for (;;) {
      const chunk = await reader?.read();
      if (!chunk || chunk.done) return { ended: 'done' };
      watch.beat();
      parser.feed(decoder.decode(chunk.value as Uint8Array, { stream: true }));
    }
  } catch {
    return { ended: 'lost' };
  } finally {
    watch.stop();
  }
}

async function toEnd(response: Response): Promise<ExchangeEnd> {
  const error = await readError(response);
  const unusable = error.type === 'connection_failed' || error.type === 'authentication_error';
  return unusable ? { ended: 'lost' } : { ended: 'refused', error };
}

/** Calls back when nothing came for a while. */
function createSilenceWatch(clock: Clock, onSilent: () => void): { beat: () => void; stop: () => void } {
  let lastBeatAt = clock.now();
  let cancel = clock.after(SILENCE_MS, check);

  function check(): void {
    const silentMs = clock.now() - lastBeatAt;
    if (silentMs >= SILENCE_MS) onSilent();
    else cancel = clock.after(SILENCE_MS - silentMs, check);
  }

  return {
    beat: () => {
      lastBeatAt = clock.now();
    },
    stop: () => cancel(),
  };
}
