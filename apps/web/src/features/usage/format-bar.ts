import { t } from './messages.ts';
import type { BarUnit } from './to-bars.ts';

const SHORT = { day: 'numeric', month: 'short', timeZone: 'UTC' } as const;

/** What stands below a bar: `14:00`, `30 Nov`. Its start says the time of its own zone. */
export function toAxisLabel(start: string, unit: BarUnit): string {
  return unit === 'hour' ? start.slice(11, 16) : format(start, SHORT);
}

/** What a bar is called: `Mon, 30 Nov, 14:00 to 15:00`, `Mon, 30 Nov 2026`, `Week of 30 Nov 2026`. */
export function toBarName(start: string, unit: BarUnit): string {
  const long = format(start, { ...SHORT, year: 'numeric', ...(unit !== 'week' && { weekday: 'short' }) });
  if (unit === 'week') return t.weekOf(long);
  if (unit === 'day') return long;
  const hour = Number(start.slice(11, 13));
  return `${format(start, { ...SHORT, weekday: 'short' })}, ${start.slice(11, 16)} to ${String((hour + 1) % 24).padStart(2, '0')}:00`;
}

/** `30 Nov 2026`, or `24 to 30 Nov 2026`, for days such as `2026-11-30`. */
export function toSpanName(from: string, to: string): string {
  const form = new Intl.DateTimeFormat('en-GB', { ...SHORT, year: 'numeric' });
  return form.formatRange(new Date(from), new Date(to));
}

function format(start: string, parts: Intl.DateTimeFormatOptions): string {
  return new Intl.DateTimeFormat('en-GB', parts).format(new Date(`${start.slice(0, 10)}T00:00:00Z`));
}
