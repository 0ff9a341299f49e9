import type { ProcessRestartCause } from '@claude-sdk-pattern/protocol';

/** The sentences that `session.process_restarting` says where we know the reason; all others are from a process that died. */
export const RESTART_SENTENCES = {
  memory: 'It held more memory than a session may',
  requested: 'An operator asked for it',
  server_restarted: 'The server was restarted',
} as const satisfies Partial<Record<ProcessRestartCause, string>>;

const BY_SENTENCE = new Map<string, ProcessRestartCause>(
  Object.entries(RESTART_SENTENCES).map(([reason, sentence]) => [sentence, reason as ProcessRestartCause]),
);

export function toRestartCause(sentence: string): ProcessRestartCause {
  return BY_SENTENCE.get(sentence) ?? 'died';
}
