import { CspError } from '@claude-sdk-pattern/protocol';

import { may } from '../access/may.ts';
import { toRefusal } from '../access/to-refusal.ts';
import { toNetworking } from '../agent-process/launch-agent.ts';
import type { Actor } from '../identity/actor.ts';
import { findProfile } from '../processes/profile.ts';
import { toStopError } from '../stops/stop-error.ts';
import type { TerminalPlace } from '../terminals/terminals.ts';
import type { SessionAccess } from './session-access.ts';
import type { SessionDeps } from './session-deps.ts';
import type { ShareBoard } from './share-board.ts';

export interface SessionTerminalsDeps extends Pick<
  SessionDeps,
  'store' | 'plugins' | 'stops' | 'workspaces' | 'confines'
> {
  access: Pick<SessionAccess, 'get'>;
  board: Pick<ShareBoard, 'follow' | 'find'>;
  /** @throws CspError `state_conflict` where another server has the files of the session */
  serveFiles(sessionId: string): Promise<void>;
}

/** Who may have terminals in a session, and where those are. Every method throws `not_found` for a session that the actor may not see. */
export interface SessionTerminals {
  /** @throws CspError `permission_denied` for who may not drive the session */
  assertMay(actor: Actor, action: 'terminal.read' | 'terminal.use', sessionId: string): Promise<void>;
  /**
   * Where a new terminal is.
   * @throws CspError `permission_denied`, also where agents are not confined and so only administrators may; `state_conflict` for an
   * archived session; `work_stopped`, `draining`
   */
  findPlace(actor: Actor, sessionId: string): Promise<TerminalPlace>;
  /** Calls back when the session is not shared any more so that the actor may use its terminals. Returns the unsubscriber. */
  follow(actor: Actor, sessionId: string, onLost: () => void): Promise<() => void>;
}

export function createSessionTerminals(deps: SessionTerminalsDeps): SessionTerminals {
  const { access, board, stops, workspaces, confines } = deps;
  const getSeen = (actor: Actor, sessionId: string) => access.get(actor, 'terminal.use', sessionId);
  return {
    async assertMay(actor, action, sessionId) {
      await access.get(actor, action, sessionId);
    },

    async findPlace(actor, sessionId) {
      const { session, ownerId, level } = await getSeen(actor, sessionId);
      if (!confines && !may(actor, 'terminal.open_unconfined', level ?? 'own')) {
        if (may({ role: actor.role }, 'terminal.open_unconfined', level ?? 'own'))
          throw toRefusal(actor, 'terminal.open_unconfined');
        throw new CspError(
          'permission_denied',
          'Agents are not confined on this server: a terminal has the rights of its user, so only administrators may open one',
        );
      }
      if (session.archivedAt !== null)
        throw new CspError('state_conflict', `Session ${sessionId} is archived. Unarchive it first`);
      const { agentId, agentSessionId } = session;
      const stop = stops.findTurnStop({ ownerId, agentId }) ?? stops.findTurnStop({ ownerId: actor.userId });
      if (stop !== undefined) throw toStopError(stop);
      await deps.serveFiles(sessionId);
      const { settings } = await findProfile(deps, session);
      return {
        ...{ sessionId, ownerId, agentId, agentSessionId },
        workspace: workspaces.of(agentSessionId),
        networking: toNetworking(settings),
      };
    },

    async follow(actor, sessionId, onLost) {
      const { level } = await getSeen(actor, sessionId);
      if (level === null) return () => undefined;
      const unfollow = await board.follow(actor.userId, (change) => {
        if (change.sessionId !== sessionId) return;
        if (change.type === 'ended' || !may(actor, 'terminal.use', change.as.level)) onLost();
      });
      const shared = board.find(actor.userId, sessionId);
      if (shared === undefined || !may(actor, 'terminal.use', shared.level)) onLost();
      return unfollow;
    },
  };
}
