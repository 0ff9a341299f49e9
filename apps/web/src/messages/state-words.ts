/** The words for a session's status, the same everywhere. */
export const states = {
  waiting: 'Needs your approval',
  question: 'Needs your answer',
  program: 'Waits for a program',
  running: 'Working',
  retrying: 'Retrying',
  queued: 'Queued',
  starting: 'Preparing',
  failed: 'Stopped',
  ended: 'Ended',
  budget: 'Budget reached',
  idle: 'Ready',
  asleep: 'Asleep',
  archived: 'Archived',
} as const;

/** The words for a session that waits, for a person who may not answer. */
export const othersAnswer = { waiting: 'Waits for an approval', question: 'Waits for an answer' } as const;
