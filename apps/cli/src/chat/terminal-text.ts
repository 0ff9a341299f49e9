// CSI sequences, then OSC and the other string sequences with their terminators, then two-character escapes; each also
// in its 8-bit form.
const ESCAPE_SEQUENCES =
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  /(?:\u001B\[|\u009B)[0-?]*[ -/]*[@-~]|(?:\u001B[\]PX^_]|[\u0090\u0098\u009D-\u009F])[^\u0007\u001B\u009C]*(?:\u0007|\u001B\\|\u009C|$)|\u001B[ -/]*[0-~]/g;
// Every character that moves the cursor or reorders text, except tab and line break.
// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const CONTROLS = /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u200E\u200F\u2028-\u202E\u2066-\u2069]/g;

/**
 * Makes a text from an agent or a tool safe to write to a terminal: it can neither move the cursor, set the title or
 * the clipboard, nor display a command in another order than it runs.
 */
export function toTerminalText(text: string): string {
  return text.replaceAll('\r\n', '\n').replace(ESCAPE_SEQUENCES, '').replace(CONTROLS, '');
}

// Control and format characters, such as those that are zero wide or turn the direction; blanks but the plain one.
const HIDDEN = /[^\P{C}\n\t]|[\p{Default_Ignorable_Code_Point}\p{Zl}\p{Zp}\u2800]|(?! )\p{Zs}/gu;

/** The same, for a text that a person decides on: what would not be seen stands there as `<U+202E>`. */
export function toMarkedText(text: string): string {
  return text.replaceAll(
    HIDDEN,
    (hidden) => `<U+${(hidden.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}>`,
  );
}

/** One safe line of at most `width` characters. */
export function toTerminalLine(text: string, width: number): string {
  const line = toTerminalText(text).replaceAll(/\s+/g, ' ').trim();
  return line.length <= width ? line : `${line.slice(0, Math.max(0, width - 1))}…`;
}
