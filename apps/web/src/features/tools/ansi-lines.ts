import Anser from 'anser';

export interface AnsiSpan {
  text: string;
  className: string;
}
export type AnsiLine = readonly AnsiSpan[];

/** Splits terminal output into lines of styled spans. A carriage return overwrites its line, as a progress bar does. */
export function toAnsiLines(output: string): readonly AnsiLine[] {
  const lines: AnsiSpan[][] = [[]];
  for (const part of Anser.ansiToJson(overwrite(output), { use_classes: true, remove_empty: true })) {
    const className = toClassName(part);
    part.content.split('\n').forEach((text, index) => {
      if (index > 0) lines.push([]);
      if (text !== '') lines.at(-1)?.push({ text, className });
    });
  }
  while (lines.length > 1 && lines.at(-1)?.length === 0) lines.pop();
  return lines;
}

/** The beginning of a line, up to this many characters. */
export function sliceLine(line: AnsiLine, length: number): AnsiLine {
  const kept: AnsiSpan[] = [];
  let left = length;
  for (const span of line) {
    if (left <= 0) break;
    kept.push(span.text.length <= left ? span : { ...span, text: span.text.slice(0, left) });
    left -= span.text.length;
  }
  return kept;
}

export function countChars(line: AnsiLine): number {
  return line.reduce((sum, span) => sum + span.text.length, 0);
}

function toClassName(part: ReturnType<typeof Anser.ansiToJson>[number]): string {
  const classes: string[] = [];
  if (part.fg) classes.push(part.fg.startsWith('ansi-') ? part.fg : 'ansi-bright-blue');
  if (part.bg) classes.push(`${part.bg.startsWith('ansi-') ? part.bg : 'ansi-white'}-bg`);
  for (const decoration of part.decorations) classes.push(`ansi-${decoration}`);
  return classes.filter((name) => !/palette|truecolor/.test(name)).join(' ');
}

function overwrite(output: string): string {
  return output
    .replaceAll('\r\n', '\n')
    .split('\n')
    .map((line) => line.split('\r').findLast((part) => part !== '') ?? '')
    .join('\n');
}
