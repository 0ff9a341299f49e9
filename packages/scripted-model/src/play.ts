import type { ServerResponse } from 'node:http';
import { once } from 'node:events';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type { Action } from './actions.ts';
import { sendJson, toErrorEnvelope } from './http-error.ts';
import type { StreamEvent } from './stream-events.ts';
import { foldMessage } from './stream-events.ts';

export interface PlayOptions {
  requestId: string;
  isStream: boolean;
  /** Divides every wait; Infinity skips them. */
  speed: number;
  /** Aborted when the client disconnects or the server closes. */
  signal: AbortSignal;
  /** Called with each event that the client is sent. */
  onSent?(event: StreamEvent): void;
}

/** Writes actions to a response, as server-sent events or as one message. An abort ends it without an error. */
export async function play(actions: Iterable<Action>, response: ServerResponse, options: PlayOptions): Promise<void> {
  const { isStream, speed, signal, requestId } = options;
  const clock = createClock();
  const events: StreamEvent[] = [];
  try {
    for (const action of actions) {
      signal.throwIfAborted();
      switch (action.type) {
        case 'wait':
          await clock.advance(action.ms / speed, signal);
          break;
        case 'send':
          if (isStream) {
            options.onSent?.(action.event);
            await writeEvent(response, action.event, signal);
          } else events.push(action.event);
          break;
        case 'hang':
          await untilAborted(action.until, signal);
          clock.reset();
          break;
        case 'break':
          await breakOff(response);
          return;
        case 'fail': {
          const { status, message, retryAfterSeconds } = action.reply;
          const envelope = toErrorEnvelope(status, requestId, message);
          if (response.headersSent) {
            response.end(`event: error\ndata: ${JSON.stringify(envelope)}\n\n`);
            return;
          }
          const retry = retryAfterSeconds === undefined ? undefined : { 'retry-after': String(retryAfterSeconds) };
          sendJson(response, status, envelope, retry);
          return;
        }
      }
    }
    if (isStream) response.end();
    else {
      for (const event of events) options.onSent?.(event);
      sendJson(response, 200, foldMessage(events));
    }
  } catch (error) {
    if (!signal.aborted) throw error;
    response.destroy();
  }
}

async function writeEvent(response: ServerResponse, event: StreamEvent, signal: AbortSignal): Promise<void> {
  if (!response.headersSent) {
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' });
  }
  const isRoom = response.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
  if (!isRoom) await once(response, 'drain', { signal });
}

/** Cuts the connection after all earlier data has been sent; Node holds the first write back for a tick. */
async function breakOff(response: ServerResponse): Promise<void> {
  await nextTurn();
  response.socket?.destroySoon();
}

/** Waits for absolute times instead of adding up delays, so that late timers do not slow the stream down. */
function createClock() {
  let due = performance.now();
  return {
    reset() {
      due = performance.now();
    },
    async advance(ms: number, signal: AbortSignal): Promise<void> {
      due += ms;
      const left = due - performance.now();
      if (left > 1) await sleep(left, undefined, { signal });
    },
  };
}

async function untilAborted(until: Promise<unknown> | undefined, signal: AbortSignal): Promise<void> {
  const aborted = once(signal, 'abort').then(() => signal.throwIfAborted());
  if (until === undefined) return aborted;
  await Promise.race([until.catch(() => undefined), aborted]);
}
