import type { PreviewEvent, ProcessReadyEvent, SessionEvent } from '@claude-sdk-pattern/protocol';

import { makeRoom } from '../lib/make-room.ts';

/** How the process of a turn came about; `live` where it ran before the turn did. */
export type TurnStart = ProcessReadyEvent['start'] | 'live';

/** Sees when the agent of a session says its first word in a turn that a person began. */
export interface FirstTextWatch {
  onEvent(sessionId: string, event: SessionEvent, atMs: number): void;
  onPreview(sessionId: string, preview: PreviewEvent): void;
}

/** Turns that wait for text; beyond them those that began first are forgotten. */
const MAX_WAITING = 10_000;

export function createFirstTextWatch(
  onFirstText: (start: TurnStart, seconds: number) => void,
  nowMs: () => number = () => performance.now(),
): FirstTextWatch {
  const waiting = new Map<string, { startedAtMs: number; start: TurnStart }>();

  const end = (sessionId: string) => {
    const turn = waiting.get(sessionId);
    if (turn === undefined) return;
    waiting.delete(sessionId);
    onFirstText(turn.start, (nowMs() - turn.startedAtMs) / 1000);
  };

  return {
    onEvent(sessionId, event, atMs) {
      if (event.type === 'session.turn_started') {
        if (event.message_ids.length === 0) return;
        makeRoom(waiting, MAX_WAITING);
        waiting.set(sessionId, { startedAtMs: atMs, start: 'live' });
      } else if (event.type === 'session.process_ready') {
        const turn = waiting.get(sessionId);
        if (turn !== undefined) turn.start = event.start;
      } else if (event.type === 'agent.message' && event.session_thread_id == null) end(sessionId);
      else if (event.type === 'session.turn_completed') waiting.delete(sessionId);
    },
    onPreview(sessionId, preview) {
      // The preview of a message begins with its first text.
      if (preview.type === 'event_start' && preview.event.type === 'agent.message') end(sessionId);
    },
  };
}
