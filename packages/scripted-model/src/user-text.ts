/**
 * The texts that the CLI wraps around or puts between a person's messages. `command-*` are local slash commands, whose
 * output is not meant for the model.
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

/** How the CLI passes on a message that arrived while the model worked. */
const steering = /The user sent a new message while you were working:\n([\s\S]*?)\n\n(?:This is how|IMPORTANT:)/g;

/** Texts that the CLI writes in the user's name. */
const notFromUser = [
  /^\[Request interrupted by user/,
  // The path at which the CLI stores an image of the message (2.1.330).
  /^\[Image: source: /,
  /^\[structured-output-enforce\]/,
  // Around the report of a task, when a host says it (2.1.332).
  /^\[MESSAGE FROM NON-USER SOURCE - NOT USER INPUT\]$/,
  /^This session is being continued from a previous conversation/,
  /^Stop hook feedback:/,
  // Beside the result of a search for tools (2.1.332).
  /^Tool loaded\.$/,
];

/** A person's text in a text block of a user message; empty if the CLI wrote the whole block. */
export function toUserTexts(block: string): string[] {
  const text = block.replace(wrapped, '').trim();
  const isOwn = text !== '' && !notFromUser.some((pattern) => pattern.test(text));
  return [...toSteeringTexts(block), ...(isOwn ? [text] : [])];
}

/** A person's text in the CLI's own notes, which contain messages sent during a turn. */
export function toSteeringTexts(note: string): string[] {
  return [...note.matchAll(steering)].map((match) => (match[1] ?? '').trim());
}
