import type { ProcessHibernatedEvent, ProcessReadyEvent, SessionResource } from '@claude-sdk-pattern/protocol';

export type ProcessState = SessionResource['process'];

/** The process of a holder, as it is now. */
export interface HeldProcess {
  readonly state: ProcessState;
  /** Its id at its host, while there is one. */
  readonly processId: string | undefined;
  /** How it was started, once it is ready. */
  readonly startedAs: ProcessReadyEvent['start'] | undefined;
  /** Its CLAUDE_CONFIG_DIR, once it is started. */
  readonly configDir: string | undefined;
}

/** Who has a process, waits for one or has none: a session, as far as the economy of processes sees it. */
export interface ProcessHolder {
  readonly session: {
    readonly id: string;
    readonly ownerId: string;
    readonly title: string | null;
    readonly agentSessionId: string;
  };
  readonly process: HeldProcess;
  /** Uptime of the server since when nothing happens; undefined while a turn runs. */
  readonly idleSinceMs: number | undefined;
  /** Ends the process of an idle session; false when a turn runs or there is none to end. */
  hibernate(reason: ProcessHibernatedEvent['reason']): Promise<boolean>;
  /** Hibernates now, or when the running turn has ended. */
  hibernateWhenIdle(reason: ProcessHibernatedEvent['reason']): Promise<void>;
  /** Puts a new process in place of the one there is: at the end of the turn, or at once, and then the turn goes on. */
  restart(reason: 'memory' | 'requested', options: { when: 'idle' | 'now' }): Promise<void>;
  /** Stops the turn and ends the process; one that does not stop is killed. Nothing starts it again but a message. */
  end(): Promise<void>;
  /** Tells people something that is not the agent's. */
  notify(level: 'info' | 'warning', text: string): Promise<void>;
}
