import type { RepositoryContext } from './repository-context.ts';

/** A fork before its session is there. */
export interface Fork {
  sessionId: string;
  agentSessionId: string;
}

/**
 * Forks that are being copied. Their events and transcript are stored in steps, under ids that no session has yet, so
 * that nobody can read them. An entry here says which ids to remove when the copy is interrupted.
 */
export interface ForkRepository {
  /** Before the first row is copied. */
  begin(fork: Fork & { nodeId: string }): Promise<void>;
  /** In the transaction that creates the session. */
  finish(sessionId: string): Promise<void>;
  /** Removes what was copied, step by step, as for a deleted session. */
  abandon(fork: Fork): Promise<void>;
  /** Abandons the forks that an earlier server of this node began and did not finish. Returns their number. */
  abandonUnfinished(nodeId: string): Promise<number>;
}

export function createForkRepository({ db, now, atomically, onDeleted }: RepositoryContext): ForkRepository {
  const abandon = async ({ sessionId, agentSessionId }: Fork): Promise<void> => {
    await atomically(async (trx) => {
      await trx.deleteFrom('forks').where('session_id', '=', sessionId).execute();
      const row = { id: sessionId, agent_session_id: agentSessionId, deleted_at: now() };
      const insert = trx.insertInto('deleted_sessions').values(row);
      await insert.onConflict((conflict) => conflict.doNothing()).execute();
    });
    onDeleted();
  };

  return {
    async begin({ sessionId, agentSessionId, nodeId }) {
      const row = { session_id: sessionId, agent_session_id: agentSessionId, node_id: nodeId, started_at: now() };
      await db.insertInto('forks').values(row).execute();
    },
    async finish(sessionId) {
      await db.deleteFrom('forks').where('session_id', '=', sessionId).execute();
    },
    abandon,
    async abandonUnfinished(nodeId) {
      const unfinished = await db.selectFrom('forks').selectAll().where('node_id', '=', nodeId).execute();
      for (const row of unfinished) await abandon({ sessionId: row.session_id, agentSessionId: row.agent_session_id });
      return unfinished.length;
    },
  };
}
