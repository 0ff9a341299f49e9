/** Why a process was started again, for metrics. */
export type RestartReason = 'died' | 'memory' | 'requested' | 'server_restarted';

/** The sentences that `session.process_restarting` says where we know the reason; all others are from a process that died. */
export const RESTART_SENTENCES = {
  memory: 'It held more memory than a session may',
  requested: 'An operator asked for it',
  server_restarted: 'The server was restarted',
} as const satisfies Partial<Record<RestartReason, string>>;

const BY_SENTENCE = new Map<string, RestartReason>(
  Object.entries(RESTART_SENTENCES).map(([reason, sentence]) => [sentence, reason as RestartReason]),
);

export function toRestartReason(sentence: string): RestartReason {
  return BY_SENTENCE.get(sentence) ?? 'died';
}
