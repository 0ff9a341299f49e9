import type { ProcessHibernatedEvent, ProcessReadyEvent, SessionResource } from '@claude-sdk-pattern/protocol';

export type ProcessState = SessionResource['process'];

/** The current process of a holder. */
export interface HeldProcess {
  readonly state: ProcessState;
  /** Its id at its host, while there is one. */
  readonly processId: string | undefined;
  /** How it was started, once it is ready. */
  readonly startedAs: ProcessReadyEvent['start'] | undefined;
  /** Its CLAUDE_CONFIG_DIR, once it is started. */
  readonly configDir: string | undefined;
}

/** A session as this folder sees it: it has a process, waits for one, or has none. */
export interface ProcessHolder {
  readonly session: {
    readonly id: string;
    readonly ownerId: string;
    readonly agentId: string;
    readonly title: string | null;
    readonly agentSessionId: string;
  };
  readonly process: HeldProcess;
  /** Server uptime since when the session is idle; undefined while a turn runs. */
  readonly idleSinceMs: number | undefined;
  /** What its process does beside the conversation. */
  readonly backgroundTasks: readonly { task_id: string }[];
  /** Ends the process of an idle session; false when a turn runs or there is none to end. */
  hibernate(reason: ProcessHibernatedEvent['reason']): Promise<boolean>;
  /** Hibernates now, or when the running turn has ended. */
  hibernateWhenIdle(reason: ProcessHibernatedEvent['reason']): Promise<void>;
  /** Replaces the process: at the end of the turn, or at once, and then the turn continues. */
  restart(reason: 'memory' | 'requested', options: { when: 'idle' | 'now' }): Promise<void>;
  /** Stops the running turn; the process stays. Does nothing to an idle session. */
  interrupt(): Promise<void>;
  /** Stops the turn and ends the process; a process that does not stop is killed. Only a message starts another. */
  end(): Promise<void>;
  /** Adds a notice of the platform to the session. */
  notify(level: 'info' | 'warning', text: string): Promise<void>;
}
