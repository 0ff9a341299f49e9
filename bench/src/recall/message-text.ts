/** What a message asks the recalling model to do. */
export type MessageKind =
  /** A short answer at once. */
  | 'note'
  /** An answer that takes some seconds, so that things can happen in the middle of it. */
  | 'talk'
  /** A command that takes a second and writes the message's token into a file of the workspace. */
  | 'tool'
  /** A command that leaves a child running in a session of its own. */
  | 'leave'
  /** A command that eats memory. */
  | 'eat'
  /** Every token that the model has been told, in order. */
  | 'recall';

/** The words of one message. Tokens are unique, so that each message can be found in the model's context. */
export function toMessageText(kind: MessageKind, token: string): string {
  return `Please ${kind} [${token}]`;
}

const PATTERN = /Please (\w+) \[([\w-]+)\]/g;

/** Reads messages back, oldest first; words of others are left out. */
export function parseMessageTexts(text: string): { kind: string; token: string }[] {
  return [...text.matchAll(PATTERN)].map(([, kind = '', token = '']) => ({ kind, token }));
}

const ANSWER = 'I was told: ';

/** What the model says when it is asked to recall. */
export function toRecallAnswer(tokens: readonly string[]): string {
  return `${ANSWER}${tokens.join(' ')}`;
}

/** The tokens of an answer to `recall`; undefined for another answer. */
export function parseRecallAnswer(text: string): string[] | undefined {
  const at = text.lastIndexOf(ANSWER);
  if (at < 0) return undefined;
  return text
    .slice(at + ANSWER.length)
    .split(/\s+/)
    .filter((token) => token !== '');
}
