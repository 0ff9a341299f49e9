/** What an agent runs beside the conversation, such as a dev server: it goes on while the session is idle. */
export interface BackgroundTask {
  /** Of Claude Code; unique within the session. */
  task_id: string;
  /** `agent`: a subagent that its own definition runs in the background. */
  kind: 'command' | 'agent' | 'other';
  /** In the agent's words. */
  description: string;
  /** The command line, of a command. */
  command: string | null;
  /** The `agent.tool_use` event that started it; null where that is not known. */
  event_id: string | null;
  /** `stopped`: by a person or the agent, or with its process. */
  status: 'running' | 'completed' | 'failed' | 'stopped';
  /** ISO 8601. */
  started_at: string;
  /** ISO 8601; null while it runs. */
  ended_at: string | null;
  /** Of a command that ended by itself; null where it is not known. */
  exit_code: number | null;
  /** Why it ended with its process; absent where it ended otherwise. */
  end_reason?: BackgroundTaskEndReason;
}

/** The reasons of `session.process_hibernated`, a process that ended by itself, and a server that died. */
export type BackgroundTaskEndReason =
  | 'idle'
  | 'capacity'
  | 'duration'
  | 'memory'
  | 'stalled'
  | 'stopping'
  | 'requested'
  | 'waiting'
  | 'process_ended'
  | 'server_restarted';

/** The newest output of a task. */
export interface BackgroundTaskOutput {
  task_id: string;
  /** What the command printed, with its escape sequences; the end of it where `truncated`. */
  output: string;
  /** Bytes of the whole output. */
  total_bytes: number;
  truncated: boolean;
}

/** What `GET /api/v1/sessions/{id}/background-tasks` answers. */
export interface BackgroundTaskList {
  /** Those that run, oldest first. */
  data: readonly BackgroundTask[];
  /** Memory of the agent's process with all that it runs, in bytes; null where it is not measured yet. */
  memory_bytes: number | null;
}
