import { Temporal } from 'temporal-polyfill';

/** An hour or a day of a time zone. A day has 23 or 25 hours where clocks change. */
export interface TimeBin {
  /** Its beginning with the offset from UTC that it has: `2026-03-29T00:00:00+01:00`. */
  label: string;
  /** Instants as stored: from `start`, before `end`. */
  start: string;
  end: string;
}

/** Whether the name is one of a time zone, such as `Europe/Berlin` or `UTC`. */
export function isTimeZone(name: string): boolean {
  try {
    Temporal.Now.zonedDateTimeISO(name);
    return true;
  } catch {
    return false;
  }
}

/**
 * The hours or days of a time zone that hold the instants from `from` to before `to`, the first and the last of them whole.
 * @param most stops there: the list then has one more, so that the caller can tell
 */
export function toTimeBins(
  { from, to, timeZone }: { from: string; to: string; timeZone: string },
  unit: 'hour' | 'day',
  most: number,
): TimeBin[] {
  const end = Temporal.Instant.from(to);
  const bins: TimeBin[] = [];
  let start = toBeginning(Temporal.Instant.from(from).toZonedDateTimeISO(timeZone), unit);
  while (Temporal.Instant.compare(start.toInstant(), end) < 0 && bins.length <= most) {
    const next = unit === 'hour' ? start.add({ hours: 1 }) : start.add({ days: 1 }).startOfDay();
    bins.push({
      label: start.toString({ timeZoneName: 'never', smallestUnit: 'second' }),
      start: toStored(start.toInstant()),
      end: toStored(next.toInstant()),
    });
    start = next;
  }
  return bins;
}

/** The beginning of the day in a time zone that an instant is in, moved by whole days. */
export function toStartOfDay(instant: string, timeZone: string, days = 0): string {
  const day = Temporal.Instant.from(instant).toZonedDateTimeISO(timeZone).add({ days }).startOfDay();
  return toStored(day.toInstant());
}

/** The beginning of a day such as `2026-01-31` in a time zone, or of one some days later. */
export function toStartOfDate(date: string, timeZone: string, days = 0): string {
  return toStored(Temporal.PlainDate.from(date).add({ days }).toZonedDateTime(timeZone).startOfDay().toInstant());
}

/** The beginning of the month in a time zone that a day is in, or of one some months later. */
export function toStartOfMonth(date: string, timeZone: string, months = 0): string {
  const first = Temporal.PlainDate.from(date).with({ day: 1 }).add({ months });
  return toStored(first.toZonedDateTime(timeZone).startOfDay().toInstant());
}

/** An instant as clocks of a time zone show it, such as `2026-01-31 00:00`. */
export function toClockTime(instant: string, timeZone: string): string {
  const shown = Temporal.Instant.from(instant).toZonedDateTimeISO(timeZone).toPlainDateTime();
  return shown.toString({ smallestUnit: 'minute' }).replace('T', ' ');
}

/** The day in a time zone that an instant is in, such as `2026-01-31`. */
export function toDate(instant: string, timeZone: string): string {
  return Temporal.Instant.from(instant).toZonedDateTimeISO(timeZone).toPlainDate().toString();
}

function toBeginning(moment: Temporal.ZonedDateTime, unit: 'hour' | 'day'): Temporal.ZonedDateTime {
  return unit === 'day' ? moment.startOfDay() : moment.round({ smallestUnit: 'hour', roundingMode: 'floor' });
}

/** Timestamps are compared as text, so all have milliseconds. */
function toStored(instant: Temporal.Instant): string {
  return instant.toString({ smallestUnit: 'millisecond' });
}
