/** The instructions that the recalling model understands. */
export type MessageKind =
  /** A short answer at once. */
  | 'note'
  /** An answer that takes some seconds, so that it can be interrupted. */
  | 'talk'
  /** A command that takes a second and writes the message's token into a file of the workspace. */
  | 'tool'
  /** A command that leaves a child running in a session of its own. */
  | 'leave'
  /** A command that allocates more memory than a server allows. */
  | 'eat'
  /** Every token that the model was told, in order. */
  | 'recall';

/** The text of one message. Tokens are unique, so that each message can be found in the model's context. */
export function toMessageText(kind: MessageKind, token: string): string {
  return `Please ${kind} [${token}]`;
}

const PATTERN = /Please (\w+) \[([\w-]+)\]/g;

/** Parses messages, oldest first; other texts are skipped. */
export function parseMessageTexts(text: string): { kind: string; token: string }[] {
  return [...text.matchAll(PATTERN)].map(([, kind = '', token = '']) => ({ kind, token }));
}

const ANSWER = 'I was told: ';

/** The model's answer to a request to recall. */
export function toRecallAnswer(tokens: readonly string[]): string {
  return `${ANSWER}${tokens.join(' ')}`;
}

/** The tokens of an answer to `recall`; undefined for any other answer. */
export function parseRecallAnswer(text: string): string[] | undefined {
  const at = text.lastIndexOf(ANSWER);
  if (at < 0) return undefined;
  return text
    .slice(at + ANSWER.length)
    .split(/\s+/)
    .filter((token) => token !== '');
}
