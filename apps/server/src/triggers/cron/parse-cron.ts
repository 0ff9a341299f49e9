import { CspError } from '@claude-sdk-pattern/protocol';

/** A cron expression: the numbers that each field takes. */
export interface Cron {
  minutes: readonly number[];
  hours: readonly number[];
  daysOfMonth: ReadonlySet<number>;
  months: ReadonlySet<number>;
  /** 0 is Sunday. */
  daysOfWeek: ReadonlySet<number>;
  /** Whether a day has to fit one of its two fields only, as POSIX has it where neither is `*`. */
  takesEitherDay: boolean;
}

interface Field {
  name: string;
  min: number;
  max: number;
  names?: readonly string[];
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const MINUTE: Field = { name: 'minute', min: 0, max: 59 };
const HOUR: Field = { name: 'hour', min: 0, max: 23 };
const DAY_OF_MONTH: Field = { name: 'day of month', min: 1, max: 31 };
const MONTH: Field = { name: 'month', min: 1, max: 12, names: MONTHS };
const DAY_OF_WEEK: Field = { name: 'day of week', min: 0, max: 7, names: DAYS };
const MAX_CHARS = 200;

/**
 * Reads the five fields of a POSIX cron expression: numbers, names of months and days, ranges, lists and steps. 7 is Sunday, too.
 * As the Managed Agents API (`BetaManagedAgentsCronScheduleParams` of @anthropic-ai/sdk 1.14.0) it takes no seconds, no years, no
 * `L`, `W`, `#`, `?` and no `@daily`.
 * @throws CspError `invalid_request`, which says what is wrong with which field
 */
export function parseCron(expression: string): Cron {
  const parts = expression.trim().split(/\s+/);
  if (expression.length > MAX_CHARS || parts.length !== 5)
    throw toRefusal('takes five fields: minute, hour, day of month, month, day of week, such as 0 9 * * 1-5');
  const [minute = '', hour = '', dayOfMonth = '', month = '', dayOfWeek = ''] = parts;
  return {
    minutes: toNumbers(minute, MINUTE),
    hours: toNumbers(hour, HOUR),
    daysOfMonth: new Set(toNumbers(dayOfMonth, DAY_OF_MONTH)),
    months: new Set(toNumbers(month, MONTH)),
    daysOfWeek: new Set(toNumbers(dayOfWeek, DAY_OF_WEEK).map((day) => day % 7)),
    takesEitherDay: !dayOfMonth.startsWith('*') && !dayOfWeek.startsWith('*'),
  };
}

/** In rising order, each once. */
function toNumbers(text: string, field: Field): number[] {
  const all = text.split(',').flatMap((item) => readItem(item, field));
  return [...new Set(all)].toSorted((a, b) => a - b);
}

/** `*`, `5`, `1-5`, each with or without a step such as `/2`. */
function readItem(item: string, field: Field): number[] {
  const [, range = '', step = '1'] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(item) ?? [];
  const [first, last] = readRange(range, field, { isOpen: item.includes('/') });
  const by = Number(step);
  if (by === 0) throw toFieldRefusal(field, item);
  const found: number[] = [];
  for (let number = first; number <= last; number += by) found.push(number);
  if (found.length === 0) throw toFieldRefusal(field, item);
  return found;
}

/** @param isOpen whether a single number begins a range to the end of the field, which it does before a step */
function readRange(text: string, field: Field, { isOpen }: { isOpen: boolean }): [number, number] {
  if (text === '*') return [field.min, field.max];
  const [, from = '', to] = /^(\w+)(?:-(\w+))?$/.exec(text) ?? [];
  const first = readNumber(from, field);
  if (to !== undefined) return [first, readNumber(to, field)];
  return [first, isOpen ? field.max : first];
}

function readNumber(text: string, field: Field): number {
  const named = field.names?.indexOf(text.toLowerCase()) ?? -1;
  if (named >= 0) return named + field.min;
  const number = /^\d{1,2}$/.test(text) ? Number(text) : Number.NaN;
  if (number >= field.min && number <= field.max) return number;
  throw toFieldRefusal(field, text);
}

function toFieldRefusal({ name, min, max }: Field, text: string): CspError {
  return toRefusal(
    `"${text.slice(0, 40)}" does not fit the field ${name}, which takes ${min}-${max}, lists, ranges and steps`,
  );
}

function toRefusal(reason: string): CspError {
  const field = 'schedule.expression';
  return new CspError('invalid_request', `${field}: ${reason}`, { details: { field } });
}
