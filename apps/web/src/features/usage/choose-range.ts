export const RANGES = ['today', '7d', '30d', 'month', 'own'] as const;
export type RangeName = (typeof RANGES)[number];

/** Days as `2026-01-31`, the last one included; or an instant, before which it ends. */
export interface Span {
  from: string;
  to: string;
}

/** The time that the page shows. */
export interface ShownRange extends Span {
  name: RangeName;
  unit: 'hour' | 'day';
  /** In the report's time zone. */
  today: string;
  /** Whole days, the last one included. */
  days: number;
  /** As long, right before; up to the same moment where the range is not over. */
  before: Span;
}

const DAY_MS = 86_400_000;
const DATE = /^\d{4}-\d\d-\d\d$/;
/** Ranges of so many days have a bar an hour. */
const MAX_DAYS_OF_HOURS = 2;
/** More would be refused by the server, which makes at most 1008 days. */
export const MAX_DAYS = 732;

/**
 * What a choice in the page's address stands for. What is no range becomes the last 30 days.
 * @param now in milliseconds since the epoch
 */
export function chooseRange(
  { name, from, to }: { name: string | null; from: string | null; to: string | null },
  { now, timeZone }: { now: number; timeZone: string },
): ShownRange {
  const today = toDate(now, timeZone);
  const own = name === 'own' ? toOwnSpan(from, to, today) : null;
  if (own !== null) return complete('own', own, { now, today });
  if (name === 'month') {
    const first = `${today.slice(0, 8)}01`;
    return complete('month', { from: first, to: addDays(nextMonth(first), -1) }, { now, today });
  }
  if (name === 'today') return complete('today', { from: today, to: today }, { now, today });
  if (name === '7d') return complete('7d', { from: addDays(today, -6), to: today }, { now, today });
  return complete('30d', { from: addDays(today, -29), to: today }, { now, today });
}

/** The day in a time zone, as `2026-01-31`. */
export function toDate(at: number, timeZone: string): string {
  const parts = { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' } as const;
  const found = new Map(
    new Intl.DateTimeFormat('en-US', parts).formatToParts(at).map((part) => [part.type, part.value]),
  );
  return `${found.get('year')}-${found.get('month')}-${found.get('day')}`;
}

export function addDays(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
}

/** Null where it ends before it begins, begins in the future, or is too long. */
export function toOwnSpan(from: string | null, to: string | null, today: string): Span | null {
  if (!isDate(from) || !isDate(to)) return null;
  const span = { from, to: to > today ? today : to };
  const days = countDays(span);
  return days >= 1 && days <= MAX_DAYS ? span : null;
}

function complete(name: RangeName, span: Span, { now, today }: { now: number; today: string }): ShownRange {
  const days = countDays(span);
  const before = name === 'month' ? toMonthBefore(span.from, now, today) : toBefore(span, days, { now, today });
  return { name, ...span, today, days, before, unit: days <= MAX_DAYS_OF_HOURS ? 'hour' : 'day' };
}

function toBefore({ from, to }: Span, days: number, { now, today }: { now: number; today: string }): Span {
  const isOver = to < today;
  return { from: addDays(from, -days), to: isOver ? addDays(to, -days) : new Date(now - days * DAY_MS).toISOString() };
}

/** The month before up to the same day and time, or the whole of it where it has no such day. */
function toMonthBefore(first: string, now: number, today: string): Span {
  const last = addDays(first, -1);
  const from = `${last.slice(0, 8)}01`;
  const days = countDays({ from, to: last });
  const hasDay = Number(today.slice(8)) <= days;
  return { from, to: hasDay ? new Date(now - days * DAY_MS).toISOString() : last };
}

function nextMonth(first: string): string {
  return `${addDays(first, 31).slice(0, 8)}01`;
}

function countDays({ from, to }: Span): number {
  return Math.round((Date.parse(to) - Date.parse(from)) / DAY_MS) + 1;
}

function isDate(text: string | null): text is string {
  return text !== null && DATE.test(text) && !Number.isNaN(Date.parse(text)) && addDays(text, 0) === text;
}
