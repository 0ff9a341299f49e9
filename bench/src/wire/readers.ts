import { once } from 'node:events';

import { WebSocket } from 'ws';

import { readMicroseconds, type Commands } from './control.ts';

export interface OpenReaders {
  url: string;
  readers: number;
  apiKey?: string;
  /** The sessions that each reader attaches to. */
  attach?: readonly string[];
  /** The `seq` after which it attaches. Default 0. */
  after?: number;
}

const OPENING_AT_ONCE = 50;
/**
 * The frames that count begin with `{"type":"event"` or `{"type":"preview"`; an answer begins with `{"type":"reply"`.
 */
const TYPE_AT = 9;
const COUNTED = new Set(['e', 'p'].map((letter) => letter.charCodeAt(0)));

/** Clients in their own process, which count the frames they receive and record the times. */
export function createReaders(): Commands {
  let sockets: WebSocket[] = [];
  let counts: number[] = [];
  let arrivals: number[] = [];
  let target: { frames: number; left: number; done: PromiseWithResolvers<number> } | undefined;

  const open = async ({ url, apiKey, attach = [], after = 0 }: OpenReaders, reader: number) => {
    const socket = new WebSocket(url, {
      perMessageDeflate: false,
      ...(apiKey !== undefined && { headers: { authorization: `Bearer ${apiKey}` } }),
    });
    sockets[reader] = socket;
    counts[reader] = 0;
    const attached = Promise.withResolvers<void>();
    let answers = 0;
    socket.on('message', (data: Buffer) => {
      if (COUNTED.has(data[TYPE_AT] ?? 0)) note(reader);
      else if ((answers += 1) === attach.length) attached.resolve();
    });
    await once(socket, 'open');
    if (attach.length === 0) return;
    for (const sessionId of attach)
      socket.send(
        JSON.stringify({ type: 'session.attach', id: `${reader}-${sessionId}`, session_id: sessionId, after }),
      );
    await attached.promise;
  };

  const note = (reader: number) => {
    const count = (counts[reader] ?? 0) + 1;
    counts[reader] = count;
    if (reader === 0) arrivals.push(readMicroseconds());
    if (target === undefined || count !== target.frames) return;
    target.left -= 1;
    if (target.left === 0) target.done.resolve(readMicroseconds());
  };

  return {
    async open(options: OpenReaders) {
      sockets = [];
      counts = [];
      for (let from = 0; from < options.readers; from += OPENING_AT_ONCE) {
        const size = Math.min(OPENING_AT_ONCE, options.readers - from);
        await Promise.all(Array.from({ length: size }, (_, index) => open(options, from + index)));
      }
    },
    /** Begins to count. */
    expect({ frames }: { frames: number }) {
      counts = counts.map(() => 0);
      arrivals = [];
      target = { frames, left: counts.length, done: Promise.withResolvers() };
    },
    /** Makes the first reader follow one more session from its first event. Returns when it asked. */
    attach({ sessionId }: { sessionId: string }) {
      const askedAt = readMicroseconds();
      sockets[0]?.send(JSON.stringify({ type: 'session.attach', id: 'late', session_id: sessionId }));
      return askedAt;
    },
    /** When the last reader had received all frames. */
    finished: () => target?.done.promise,
    /** When each frame reached the first reader. */
    arrivals: () => arrivals,
    close() {
      for (const socket of sockets) socket.terminate();
      sockets = [];
    },
  };
}
