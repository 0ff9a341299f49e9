/** Which menu the typed text asks for, and which part of the text a suggestion would replace. */
export interface MenuTrigger {
  kind: 'command' | 'file';
  /** The index of the `/` or `@`. */
  from: number;
  /** The text between the `/` or `@` and the caret. */
  query: string;
}

const COMMAND = /^\/([\w:.-]*)$/;
/** An `@` counts only at the beginning or after a blank: in an email address another character precedes it. */
const FILE = /(?:^|\s)@([^\s@"]*)$/;

/** Whether the text before the caret asks for a menu: `/` as the first character, or `@` after a blank. Pure. */
export function findMenuTrigger(text: string, caret: number): MenuTrigger | null {
  const before = text.slice(0, caret);
  const command = COMMAND.exec(before);
  if (command !== null) return { kind: 'command', from: 0, query: command[1] ?? '' };
  const file = FILE.exec(before);
  if (file === null) return null;
  const query = file[1] ?? '';
  return { kind: 'file', from: caret - query.length - 1, query };
}

/**
 * Replaces the trigger's text with a suggestion and one blank, and returns the text and the new caret position. Pure.
 */
export function replaceTrigger(
  text: string,
  { from, query }: MenuTrigger,
  replacement: string,
): { text: string; caret: number } {
  const after = text.slice(from + 1 + query.length);
  const blank = /^\s/.test(after) ? '' : ' ';
  return {
    text: text.slice(0, from) + replacement + blank + after,
    caret: from + replacement.length + 1,
  };
}
