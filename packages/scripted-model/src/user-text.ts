/**
 * What the CLI wraps around or puts between the words of a person. `command-*` are local slash
 * commands, whose output was never meant for the model.
 */
const wrappers = [
  'system-reminder',
  'local-command-caveat',
  'local-command-stdout',
  'local-command-stderr',
  'command-name',
  'command-message',
  'command-args',
  'task-notification',
];
const wrapped = new RegExp(`<(${wrappers.join('|')})>[\\s\\S]*?</\\1>`, 'g');

/** How the CLI passes on a message that arrived while the model was at work. */
const steering = /The user sent a new message while you were working:\n([\s\S]*?)\n\n(?:This is how|IMPORTANT:)/g;

/** Words that the CLI says in the user's place. */
const notFromUser = [
  /^\[Request interrupted by user/,
  // Where it keeps a picture of the message (2.1.330).
  /^\[Image: source: /,
  /^\[structured-output-enforce\]/,
  /^This session is being continued from a previous conversation/,
  /^Stop hook feedback:/,
];

/** The words of a person in a text block of a user message; none when the CLI wrote it alone. */
export function toUserTexts(block: string): string[] {
  const text = block.replace(wrapped, '').trim();
  const isOwn = text !== '' && !notFromUser.some((pattern) => pattern.test(text));
  return [...toSteeringTexts(block), ...(isOwn ? [text] : [])];
}

/** The words of a person in the CLI's own notes, where messages sent in the middle of a turn stand. */
export function toSteeringTexts(note: string): string[] {
  return [...note.matchAll(steering)].map((match) => (match[1] ?? '').trim());
}
