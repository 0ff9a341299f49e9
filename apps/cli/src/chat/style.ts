import { styleText } from 'node:util';

export interface Style {
  dim: (text: string) => string;
  bold: (text: string) => string;
  good: (text: string) => string;
  warning: (text: string) => string;
  bad: (text: string) => string;
}

/** Colours for a terminal, or none if NO_COLOR is set (no-color.org) or the output is not a terminal. */
export function createStyle(isTerminal: boolean, noColor: string | undefined): Style {
  const colour = isTerminal && (noColor === undefined || noColor === '');
  const paint = (format: Parameters<typeof styleText>[0]) => (text: string) =>
    colour ? styleText(format, text, { validateStream: false }) : text;
  return { dim: paint('dim'), bold: paint('bold'), good: paint('green'), warning: paint('yellow'), bad: paint('red') };
}
