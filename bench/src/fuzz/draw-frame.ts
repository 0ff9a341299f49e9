import { MAX_FRAME_BYTES, clientFrame } from '@claude-sdk-pattern/protocol';

import type { Random } from '../random.ts';
import { corruptText, drawDeepNest, drawInteger, drawText, drawValue, mutateValue, pick } from './draw-json.ts';

/** One WebSocket message and its expected answer. */
export interface FuzzFrame {
  kind: string;
  data: string | Buffer;
  /** The expected id of the answer. */
  id: string | null;
  /** Whether the only valid answer is `invalid_request_error`, because the message fits no schema. */
  isInvalid: boolean;
}

/** Frames that fit the schemas, for an existing session and for others. None of them starts a process. */
function toValidFrames(sessionId: string, id: string): Record<string, unknown>[] {
  const session = { id, session_id: sessionId };
  const nowhere = { id, session_id: 'sesn_01nowhere0000000000000000' };
  const events = [{ type: 'user.message', content: [{ type: 'text', text: 'hello' }] }];
  const answer = { type: 'user.tool_confirmation', tool_use_id: 'sevt_unknown', result: 'allow', scope: 'once' };
  return [
    { type: 'ping', id },
    { type: 'session.attach', ...session, after: 0, tail: 1 },
    { type: 'session.detach', ...session },
    {
      type: 'session.update',
      ...session,
      title: 'A title',
      permission_mode: 'plan',
      metadata: { a: 'b' },
      pinned: true,
    },
    { type: 'session.send', ...session, events: [answer] },
    { type: 'session.send', ...nowhere, events },
    { type: 'session.fork', ...nowhere, after_event_id: 'sevt_unknown', title: 'A title' },
    { type: 'session.withdraw', ...session, event_id: 'sevt_unknown' },
    { type: 'session.wake', ...nowhere },
    { type: 'session.retry_now', ...session },
    // The title is invalid in a way that one change elsewhere cannot repair, so that no session is created.
    { type: 'session.create', id, session: { title: [], model: 7, permission_mode: 'default', metadata: { a: 'b' } } },
  ];
}

/** @param id the frame's id before any mutation */
export function drawFrame(random: Random, sessionId: string, id: string): FuzzFrame {
  const valid = () => pick(random, toValidFrames(sessionId, id));
  const roll = random();
  if (roll < 0.45) {
    let frame: unknown = valid();
    for (let change = drawInteger(random, 2); change >= 0; change -= 1) frame = mutateValue(random, frame);
    return toFuzzFrame('mutated frame', stringify(frame));
  }
  if (roll < 0.65) return toFuzzFrame('corrupted JSON', corruptText(random, JSON.stringify(valid())));
  if (roll < 0.8) return toFuzzFrame('random JSON', stringify(drawValue(random)));
  if (roll < 0.9) return toFuzzFrame('random text', drawText(random));
  if (roll < 0.91) return toFuzzFrame('deep nest', drawDeepNest(random));
  if (roll < 0.913) return toFuzzFrame('long text', JSON.stringify({ type: 'ping', id, more: 'x'.repeat(200_000) }));
  const bytes = Buffer.from(Array.from({ length: drawInteger(random, 64) }, () => drawInteger(random, 256)));
  return { kind: 'binary', data: bytes, id: null, isInvalid: true };
}

/** The answer that the protocol requires for a text. */
function toFuzzFrame(kind: string, text: string): FuzzFrame {
  // As sent on the wire, which replaces half a surrogate pair. A text that is too long would close the connection,
  // which other inputs test.
  const data = Buffer.from(text.slice(0, MAX_FRAME_BYTES / 4), 'utf8').toString('utf8');
  try {
    const json: unknown = JSON.parse(data);
    const id =
      typeof json === 'object' && json !== null && 'id' in json && typeof json.id === 'string' ? json.id : null;
    return { kind, data, id, isInvalid: !clientFrame.safeParse(json).success };
  } catch {
    return { kind, data, id: null, isInvalid: true };
  }
}

function stringify(value: unknown): string {
  return JSON.stringify(value) ?? 'undefined';
}
