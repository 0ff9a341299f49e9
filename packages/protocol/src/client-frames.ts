import { z } from 'zod';

import { MAX_EVENTS_PER_SEND, MAX_FRAMES_PER_REQUEST } from './limits.ts';
import { sessionCreateParams, sessionUpdateParams } from './session-resource.ts';
import { userEventParams } from './user-events.ts';

const id = z.string().min(1).max(128);
const session_id = z.string().min(1).max(128);

/** Ours: what the frame is a part of, as the headers of W3C Trace Context say it over HTTP. */
const trace = { traceparent: z.string().max(128).optional(), tracestate: z.string().max(512).optional() };

const sessionCreateFrame = z.object({
  ...{ type: z.literal('session.create'), id, ...trace },
  session: sessionCreateParams.optional(),
});

const sessionAttachFrame = z.object({
  type: z.literal('session.attach'),
  id,
  session_id,
  after: z.number().int().min(0).optional(),
  /** Ours: begin at most this many events before the end, however long the history after `after` is. */
  tail: z.number().int().min(0).optional(),
});

const sessionDetachFrame = z.object({ type: z.literal('session.detach'), id, session_id });

const sessionSendFrame = z.object({
  ...{ type: z.literal('session.send'), id, ...trace },
  session_id,
  events: z.array(userEventParams).min(1).max(MAX_EVENTS_PER_SEND),
  /** Ours: the `user.message` in whose place the message stands. The conversation goes on from before it. */
  instead_of: z.string().min(1).max(128).optional(),
});

const event_id = z.string().min(1).max(128);

/** Ours: sends a message of the conversation again, in its own place: another answer to it. */
const sessionRerunFrame = z.object({ ...{ type: z.literal('session.rerun'), id, ...trace }, session_id, event_id });

/** Ours: the conversation goes on from before this message, with whatever is sent next. */
const sessionRewindFrame = z.object({ type: z.literal('session.rewind'), id, session_id, event_id });

/** Ours: the conversation goes on at the newest end of the branch that has this message. */
const sessionSwitchFrame = z.object({ type: z.literal('session.switch'), id, session_id, event_id });

const sessionUpdateFrame = sessionUpdateParams.extend({ type: z.literal('session.update'), id, session_id });

const sessionForkFrame = z.object({
  ...{ type: z.literal('session.fork'), id, ...trace },
  session_id,
  after_event_id: z.string().min(1).optional(),
  title: z.string().trim().min(1).max(200).optional(),
});

/** Ours: withdraws a message that no turn has taken yet. */
const sessionWithdrawFrame = z.object({
  type: z.literal('session.withdraw'),
  id,
  session_id,
  event_id: z.string().min(1),
});

/**
 * Ours: a hint that somebody begins to type, so that the server may start a process. It never fails for lack of
 * capacity.
 */
const sessionWakeFrame = z.object({ type: z.literal('session.wake'), id, session_id });

/**
 * Ours: tells the others in a session that the user writes now; send it again every few seconds while that goes on. It
 * has an effect only on a connection that follows the session.
 */
const sessionTypingFrame = z.object({
  ...{ type: z.literal('session.typing'), id, session_id },
  /** False: the user has stopped, and the box is empty. */
  typing: z.boolean().optional(),
});

/** Ours: sends a model request now that waits for its next attempt. An error when none waits. */
const sessionRetryNowFrame = z.object({ type: z.literal('session.retry_now'), id, session_id });

/** Ours: from now on, `session` frames for every session that the user may see. */
const sessionsWatchFrame = z.object({ type: z.literal('sessions.watch'), id });

/** Ours: from now on, an `overview` frame at once and every few seconds; for operators. */
const overviewWatchFrame = z.object({ type: z.literal('overview.watch'), id });

/** Ours: no more of them. */
const overviewUnwatchFrame = z.object({ type: z.literal('overview.unwatch'), id });

const pingFrame = z.object({ type: z.literal('ping'), id });

/** Every frame that a client may send on `/ws/v1/chat`. */
export const clientFrame = z.discriminatedUnion('type', [
  sessionCreateFrame,
  sessionAttachFrame,
  sessionDetachFrame,
  sessionSendFrame,
  sessionRerunFrame,
  sessionRewindFrame,
  sessionSwitchFrame,
  sessionUpdateFrame,
  sessionForkFrame,
  sessionWithdrawFrame,
  sessionWakeFrame,
  sessionTypingFrame,
  sessionRetryNowFrame,
  sessionsWatchFrame,
  overviewWatchFrame,
  overviewUnwatchFrame,
  pingFrame,
]);
export type ClientFrame = z.infer<typeof clientFrame>;
export type ClientFrameType = ClientFrame['type'];
export type ClientFrameOf<T extends ClientFrameType> = Extract<ClientFrame, { type: T }>;

/** The body of POST /api/v1/chat: the same frames over HTTP. Each is checked separately and gets its own answer. */
export const chatRequest = z.object({ frames: z.array(z.unknown()).min(1).max(MAX_FRAMES_PER_REQUEST) });
