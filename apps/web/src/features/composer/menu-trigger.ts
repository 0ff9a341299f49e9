/** What the menu of the message box is asked for, and which part of the text it would replace. */
export interface MenuTrigger {
  kind: 'command' | 'file';
  /** Where the `/` or the `@` stands. */
  from: number;
  /** What stands between it and the caret. */
  query: string;
}

const COMMAND = /^\/([\w:.-]*)$/;
/** After a blank or at the beginning: an address of mail has something else before its `@`. */
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

/** The text with what the trigger covers replaced, one blank after it, and where the caret is then. Pure. */
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
