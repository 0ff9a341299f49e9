import { CspError } from '@claude-sdk-pattern/protocol';
import type { FastifyInstance, FastifyRequest } from 'fastify';

/** The requests and frames that are being answered. After `close` none is carried out. */
export interface OpenWork {
  /** @throws CspError `stopping` after `close`. */
  assertOpen(): void;
  /** Counts the work until its promise settles. */
  track<T>(work: Promise<T>): Promise<T>;
  /** Refuses new work. Resolves when all running work has ended, or after `ms`. */
  close(ms: number): Promise<void>;
}

export function createOpenWork(): OpenWork {
  const underWay = new Set<Promise<unknown>>();
  let closed = false;
  return {
    assertOpen() {
      if (closed)
        throw new CspError('stopping', 'The server is stopping. Try again in a moment', { retryAfterMs: 2000 });
    },
    async track(work) {
      underWay.add(work);
      try {
        return await work;
      } finally {
        underWay.delete(work);
      }
    },
    async close(ms) {
      closed = true;
      const timeUp = Promise.withResolvers<void>();
      const timer = setTimeout(timeUp.resolve, ms);
      await Promise.race([Promise.allSettled(underWay), timeUp.promise]);
      clearTimeout(timer);
    },
  };
}

/** How long a stopping server waits for running requests. */
const ANSWER_WAIT_MS = 2000;

/**
 * Tracks every request from its first hook until its handler is done. A closing server waits for tracked requests: it
 * answers them before it cuts connections, then awaits the handlers of the cut ones. Call this before adding routes.
 */
export function trackRequests(
  app: FastifyInstance,
  work: OpenWork,
  { answerWaitMs = ANSWER_WAIT_MS }: { answerWaitMs?: number } = {},
): void {
  const ends = new WeakMap<FastifyRequest, () => void>();
  const takeEnd = (request: FastifyRequest): (() => void) => {
    const end = ends.get(request) ?? (() => undefined);
    ends.delete(request);
    return end;
  };
  app.addHook('onRequest', async (request, { raw }) => {
    work.assertOpen();
    const { promise, resolve } = Promise.withResolvers<void>();
    void work.track(promise);
    ends.set(request, resolve);
    // For requests that are refused or aborted before their handler runs.
    raw.once('close', () => takeEnd(request)());
  });
  app.addHook('onRoute', (route) => {
    const { handler, wsHandler } = route;
    route.handler = function (request, reply) {
      const end = takeEnd(request);
      const result: unknown = handler.call(this, request, reply);
      void Promise.resolve(result).then(end, end);
      return result;
    };
    if (wsHandler === undefined) return;
    route.wsHandler = function (socket, request) {
      // From here on each frame of the connection counts, not its request.
      takeEnd(request)();
      return wsHandler.call(this, socket, request);
    };
  });
  app.addHook('preClose', () => work.close(answerWaitMs));
  app.addHook('onClose', () => work.close(answerWaitMs));
}
