import { CspError } from '@claude-sdk-pattern/protocol';
import { Temporal } from 'temporal-polyfill';

import { isTimeZone } from '../../lib/time-bins.ts';
import { parseCron, type Cron } from './parse-cron.ts';

/** When a deployment runs by itself. */
export interface Schedule {
  expression: string;
  /** Name in the IANA time zone database. */
  timezone: string;
}

const MINUTE_MS = 60_000;
/** 29 February may be eight years away. */
const MAX_DAYS = 8 * 366 + 1;

/**
 * The next times at which clocks in the time zone show what the expression names, in milliseconds since the epoch. The clocks are
 * taken literally, as by the Managed Agents API: a time that they leave out on a day of 23 hours does not come, and one that they
 * show twice on a day of 25 hours comes twice.
 * @param afterMs exclusive
 * @param most fewer where there are fewer within eight years
 * @throws CspError `invalid_request` for an expression or a time zone that cannot be read
 */
export function findOccurrences(schedule: Schedule, afterMs: number, most: number): number[] {
  const found: number[] = [];
  for (const instantMs of walk(schedule, afterMs)) {
    found.push(instantMs);
    if (found.length >= most) break;
  }
  return found;
}

/** Windows in which the last time is looked for, the shortest first, so that a schedule of every minute is not walked for long. */
const LOOK_BACK_MS = [60, 24 * 60, 32 * 24 * 60, MAX_DAYS * 24 * 60].map((minutes) => minutes * MINUTE_MS);

/**
 * The last time from `fromMs` to `untilMs`, both inclusive; undefined where there is none.
 * @throws CspError as `findOccurrences`
 */
export function findLastOccurrence(schedule: Schedule, fromMs: number, untilMs: number): number | undefined {
  for (const windowMs of LOOK_BACK_MS) {
    let last: number | undefined;
    for (const instantMs of walk(schedule, Math.max(fromMs - 1, untilMs - windowMs))) {
      if (instantMs > untilMs) break;
      last = instantMs;
    }
    if (last !== undefined || untilMs - windowMs < fromMs) return last;
  }
  return undefined;
}

function* walk({ expression, timezone }: Schedule, afterMs: number): Generator<number> {
  const cron = parseCron(expression);
  assertTimeZone(timezone);
  let date = Temporal.Instant.fromEpochMilliseconds(afterMs).toZonedDateTimeISO(timezone).toPlainDate();
  const end = date.add({ days: MAX_DAYS });
  while (Temporal.PlainDate.compare(date, end) < 0) {
    if (!cron.months.has(date.month)) {
      date = date.with({ day: 1 }).add({ months: 1 });
      continue;
    }
    if (takesDay(cron, date)) {
      for (const instantMs of listOfDay(cron, date, timezone)) if (instantMs > afterMs) yield instantMs;
    }
    date = date.add({ days: 1 });
  }
}

/** @throws CspError `invalid_request` also for an expression that no day fits, such as 31 February */
export function assertSchedule(schedule: Schedule, nowMs: number): void {
  if (findOccurrences(schedule, nowMs, 1).length > 0) return;
  const field = 'schedule.expression';
  throw new CspError('invalid_request', `${field}: no day of the next eight years fits`, { details: { field } });
}

function assertTimeZone(timezone: string): void {
  // Temporal also takes offsets such as +02:00, which no clock change reaches.
  if (/^[A-Za-z]/.test(timezone) && isTimeZone(timezone)) return;
  const field = 'schedule.timezone';
  const message = `${field}: takes a name of the IANA time zone database, such as Europe/Berlin or UTC`;
  throw new CspError('invalid_request', message, { details: { field } });
}

function takesDay({ daysOfMonth, daysOfWeek, takesEitherDay }: Cron, { day, dayOfWeek }: Temporal.PlainDate): boolean {
  const fits = [daysOfMonth.has(day), daysOfWeek.has(dayOfWeek % 7)];
  return takesEitherDay ? fits.includes(true) : !fits.includes(false);
}

/** In the order in which they come. */
function* listOfDay(cron: Cron, date: Temporal.PlainDate, timezone: string): Iterable<number> {
  const start = date.toZonedDateTime({ timeZone: timezone, plainTime: '00:00' });
  // Most days have no clock change, and counting on from midnight is much cheaper than asking for each minute.
  if (start.hoursInDay === 24) {
    for (const minute of listMinutes(cron)) yield start.epochMilliseconds + minute * MINUTE_MS;
    return;
  }
  const instants = [...listMinutes(cron)].flatMap((minute) => findInstants(date, minute, timezone));
  yield* instants.toSorted((a, b) => a - b);
}

/** Minutes of a day. */
function* listMinutes({ hours, minutes }: Cron): Iterable<number> {
  for (const hour of hours) for (const minute of minutes) yield hour * 60 + minute;
}

/** When clocks show this minute of the day: once, twice or never. */
function findInstants(date: Temporal.PlainDate, minute: number, timezone: string): number[] {
  const shown = date.toPlainDateTime({ hour: Math.floor(minute / 60), minute: minute % 60 });
  const both = (['earlier', 'later'] as const).map((disambiguation) =>
    shown.toZonedDateTime(timezone, { disambiguation }),
  );
  const real = both.filter((each) => each.toPlainDateTime().equals(shown));
  return [...new Set(real.map(({ epochMilliseconds }) => epochMilliseconds))];
}
