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

/** A message that arrived while tools ran comes inside a reminder; these are its words. */
const steering =
  /^\s*<system-reminder>\s*The user sent (?:a new message|the following message)[^\n]*\n([\s\S]*?)(?:\n\n[^\n]*(?:IMPORTANT|address)[\s\S]*)?<\/system-reminder>\s*$/;

/** Words that the CLI says in the user's place. */
const notFromUser = [
  /^\[Request interrupted by user/,
  /^\[structured-output-enforce\]/,
  /^This session is being continued from a previous conversation/,
  /^Stop hook feedback:/,
];

/** The words of a person in one text block, or undefined when the CLI wrote it alone. */
export function findUserText(block: string): string | undefined {
  const steered = steering.exec(block)?.[1];
  const text = (steered ?? block.replace(wrapped, '')).trim();
  if (text === '' || notFromUser.some((pattern) => pattern.test(text))) return undefined;
  return text;
}
