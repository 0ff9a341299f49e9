import type { Progress } from '@modelcontextprotocol/sdk/types.js';

const INTERVAL_MS = 250;
const MAX_MESSAGE_CHARS = 1000;

export interface NewestProgress {
  /** Sends it at once, or after the interval unless newer progress has come by then. */
  add(progress: Progress): void;
  /** Sends the newest progress if that has not been sent. Then nothing more is sent. Idempotent. */
  end(): Promise<void>;
}

/** Passes on the progress of one call: the newest, a few times a second, and nothing while the last one is sent. */
export function createNewestProgress(send: (progress: Progress) => Promise<void>): NewestProgress {
  let newest: Progress | undefined;
  let timer: NodeJS.Timeout | undefined;
  let sending: Promise<void> | undefined;
  let isEnded = false;

  const flush = () => {
    if (newest === undefined) return;
    const progress = newest;
    newest = undefined;
    // A client that does not take it has gone, and the call ends for another reason.
    sending = send(shorten(progress))
      .catch(() => undefined)
      .finally(() => (sending = undefined));
  };
  const tick = () => {
    timer = undefined;
    if (newest === undefined) return;
    timer = setTimeout(tick, INTERVAL_MS);
    if (sending === undefined) flush();
  };

  return {
    add(progress) {
      if (isEnded) return;
      newest = progress;
      if (timer === undefined) tick();
    },
    async end() {
      isEnded = true;
      clearTimeout(timer);
      await sending;
      flush();
      await sending;
    },
  };
}

/** Only what people are shown, so that little waits for a client that reads slowly. */
function shorten({ progress, total, message }: Progress): Progress {
  return {
    progress,
    ...(total !== undefined && { total }),
    ...(message !== undefined && {
      message: message.length > MAX_MESSAGE_CHARS ? `${message.slice(0, MAX_MESSAGE_CHARS)} …` : message,
    }),
  };
}
