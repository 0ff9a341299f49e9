import { MAX_FRAME_BYTES, clientFrame } from '@claude-sdk-pattern/protocol';

import type { Random } from '../random.ts';
import { corruptText, drawDeepNest, drawInteger, drawText, drawValue, mutateValue, pick } from './draw-json.ts';

/** One WebSocket message with what has to come of it. */
export interface FuzzFrame {
  kind: string;
  data: string | Buffer;
  /** Of the answer. */
  id: string | null;
  /** Whether the answer may only be `invalid_request_error`: it fits no schema. */
  isInvalid: boolean;
}

/** Frames that the schemas take, for a session that is there and for others; none asks for a process. */
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
    // Its title cannot be mended by a single change elsewhere, so that no session is made.
    { type: 'session.create', id, session: { title: [], model: 7, permission_mode: 'default', metadata: { a: 'b' } } },
  ];
}

/** @param id the id of the frame, until something changes it. */
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

/** What the protocol says about the answer to a text. */
function toFuzzFrame(kind: string, text: string): FuzzFrame {
  // As it travels: half of a surrogate pair cannot, and what is too long ends the connection, which others try.
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
