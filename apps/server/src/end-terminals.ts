import type { SessionService } from './sessions/session-service.ts';
import type { StopBook } from './stops/stop-book.ts';
import type { Terminals } from './terminals/terminals.ts';

interface TerminalReasons {
  terminals: Terminals;
  stops: Pick<StopBook, 'findTurnStop' | 'onChanged'>;
  sessions: Pick<SessionService, 'onChanged'>;
}

/** Ends terminals when an operator stops the work of their session or of who opened them, and with their session. */
export function endTerminals({ terminals, stops, sessions }: TerminalReasons): void {
  stops.onChanged(() =>
    terminals.endWhere(({ place: { ownerId, agentId }, openedBy }) => {
      const stop = stops.findTurnStop({ ownerId, agentId }) ?? stops.findTurnStop({ ownerId: openedBy });
      return stop === undefined ? undefined : 'stopped';
    }),
  );
  sessions.onChanged((change) => {
    const gone =
      change.type === 'deleted'
        ? change.sessionId
        : change.session.archived_at === null
          ? undefined
          : change.session.id;
    if (gone === undefined) return;
    terminals.endWhere(({ place }) => (place.sessionId === gone ? 'session' : undefined));
  });
}
