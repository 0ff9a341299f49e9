const AMOUNT = /^-\d+\.\d+$/;

/** A line of a CSV file, by RFC 4180. Programs that show tables take a cell that begins with one of these characters for a formula; negative amounts stay as they are. */
export function toCsvLine(cells: readonly (string | null)[]): string {
  const quoted = cells.map((cell) => {
    const text = cell ?? '';
    const safe = /^[=+\-@\t\r]/.test(text) && !AMOUNT.test(text) ? `'${text}` : text;
    return `"${safe.replaceAll('"', '""')}"`;
  });
  return `${quoted.join(',')}\r\n`;
}
