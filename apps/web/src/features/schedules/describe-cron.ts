import { t } from './messages.ts';

/** A cron expression in words, where it is one of the common kinds; otherwise the expression itself. */
export function describeCron(expression: string): string {
  const fields = expression.trim().split(/\s+/);
  const [minute = '', hour = '', dayOfMonth = '', month = '', dayOfWeek = ''] = fields;
  const known = fields.length === 5 && month === '*' ? describe(minute, hour, { dayOfMonth, dayOfWeek }) : null;
  return known ?? t.cron.other(expression.trim());
}

function describe(minute: string, hour: string, days: { dayOfMonth: string; dayOfWeek: string }): string | null {
  const { dayOfMonth, dayOfWeek } = days;
  const isEveryDay = dayOfMonth === '*' && dayOfWeek === '*';
  if (isEveryDay && hour === '*') return describeHour(minute);
  const time = toTime(hour, minute);
  if (time === null) return null;
  if (isEveryDay) return t.cron.daily(time);
  if (dayOfMonth !== '*')
    return dayOfWeek === '*' && /^[\d,]+$/.test(dayOfMonth) ? t.cron.monthly(dayOfMonth, time) : null;
  if (/^(1-5|mon-fri)$/i.test(dayOfWeek)) return t.cron.weekdays(time);
  const named = dayOfWeek.split(',').map((day) => (/^[0-7]$/.test(day) ? t.cron.days[Number(day) % 7] : undefined));
  if (named.some((day) => day === undefined)) return null;
  return t.cron.on(new Intl.ListFormat('en').format(named as string[]), time);
}

function describeHour(minute: string): string | null {
  if (minute === '*') return t.cron.everyMinute;
  const step = /^\*\/(\d{1,2})$/.exec(minute)?.[1];
  if (step !== undefined && 60 % Number(step) === 0) return t.cron.everyMinutes(Number(step));
  if (!/^\d{1,2}$/.test(minute)) return null;
  return Number(minute) === 0 ? t.cron.everyHour : t.cron.everyHourAt(minute);
}

/** `9:05`; null for anything but one time. */
function toTime(hour: string, minute: string): string | null {
  if (!/^\d{1,2}$/.test(hour) || !/^\d{1,2}$/.test(minute)) return null;
  return `${Number(hour)}:${minute.padStart(2, '0')}`;
}
