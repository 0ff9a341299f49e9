import { CspError } from '@claude-sdk-pattern/protocol';
import { z } from 'zod';

import { may } from '../../access/may.ts';
import type { Actor } from '../../identity/actor.ts';
import { isTimeZone, toStartOfDate, toStartOfDay } from '../../lib/time-bins.ts';

/** A time, or a day in the time zone of the report. */
const moment = z
  .union([z.iso.date(), z.iso.datetime({ offset: true })], {
    error: 'takes a time such as 2026-01-31T12:00:00Z, or a day such as 2026-01-31',
  })
  .optional();

/** The time of a report, as a part of its query. */
export const usageRange = {
  from: moment.describe('Calls of this time or later. By default 30 days before `to`.'),
  to: moment.describe('Calls before this time; a day counts to its end. By default now.'),
  time_zone: z
    .string()
    .max(64)
    .refine(isTimeZone, 'takes the name of a time zone, such as Europe/Berlin')
    .optional()
    .describe('Of hours and days; by default the one of the operator.'),
};

const DEFAULT_DAYS = 30;
const DAY_CHARS = '2026-01-31'.length;

/** @throws CspError `invalid_request` when it ends before it begins */
export function toRange(
  { from, to }: { from?: string | undefined; to?: string | undefined },
  timeZone: string,
  nowMs: number,
): { from: string; to: string } {
  const end = to === undefined ? new Date(nowMs).toISOString() : toInstant(to, timeZone, 1);
  const start = from === undefined ? toStartOfDay(end, timeZone, -DEFAULT_DAYS) : toInstant(from, timeZone);
  if (start < end) return { from: start, to: end };
  throw new CspError('invalid_request', 'The time ends before it begins', { details: { field: 'to' } });
}

/** A day is its beginning in the time zone, or with `days` 1 its end. */
function toInstant(given: string, timeZone: string, days: 0 | 1 = 0): string {
  return given.length > DAY_CHARS ? new Date(given).toISOString() : toStartOfDate(given, timeZone, days);
}

/**
 * Whose usage a report is of: everyone sees their own, operators that of all (undefined) or of one user.
 * @throws CspError `permission_denied`
 */
export function toOwner(actor: Actor, userId: string | undefined): string | undefined {
  if (may(actor, 'usage.read', 'none')) return userId;
  if (userId === undefined || userId === actor.userId) return actor.userId;
  throw new CspError('permission_denied', 'Only operators see the usage of other people');
}
