/** What an operator can stop: all agents, those of a user, those of an agent definition, a plugin; or the new turns of one server. */
export const STOP_SCOPES = ['platform', 'user', 'agent', 'plugin', 'node'] as const;
export type StopScope = (typeof STOP_SCOPES)[number];

/** Something that an operator has stopped, until it is lifted. */
export interface StopResource {
  type: 'stop';
  id: string;
  scope: StopScope;
  /** A user, an agent, the name of a plugin, or a server; null for the platform. */
  target_id: string | null;
  /** Of the user, agent or plugin; null when it is gone, for the platform and for servers. */
  name: string | null;
  /** Shown to the people whose work it stops. */
  reason: string;
  created_by: { id: string; name: string | null };
  created_at: string;
}

/** What a stop does now, on all servers that share the database. */
export interface StopImpact {
  /** Turns that run: they are stopped; with the scope `plugin`, go on without it; with `node`, may finish. */
  turns: number;
  /** Whose turns these are. */
  people: number;
  /** Agent processes on the server that answers: they end; with the scope `plugin`, are replaced. */
  processes: number;
  /** Sessions with messages that wait: those are kept, and taken when the stop is lifted. */
  waiting: number;
}

/** What the people whose work is stopped are told. */
export interface ToldStop {
  scope: 'platform' | 'user' | 'node';
  reason: string;
  since: string;
}
