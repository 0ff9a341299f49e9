import { Readable } from 'node:stream';

import { CspError, type AuditEntryList, type AuditEntryResource } from '@claude-sdk-pattern/protocol';
import { paging } from '@claude-sdk-pattern/protocol/v1';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';

import type { AuditLog } from '../../audit/audit-log.ts';
import { exportEntries, toAuditResource } from '../../audit/export-entries.ts';
import { toFactActor } from '../../audit/fact.ts';
import type { Identity } from '../../identity/identity.ts';
import { getActor } from '../entrance/admission.ts';
import { answer } from '../entrance/zod-schemas.ts';
import { TAGS } from '../openapi/information.ts';
import { nameParties } from './name-parties.ts';

export interface AuditRoutesOptions {
  audit: Pick<AuditLog, 'list' | 'export' | 'record'>;
  identity: Pick<Identity, 'findUserNames'>;
}

const text = z.string().min(1).max(200).optional();
/** A time, or a day in UTC. */
const moment = z
  .union([z.iso.date(), z.iso.datetime({ offset: true }), z.iso.datetime({ local: true })], {
    error: 'takes a time such as 2026-01-31T12:00:00Z, or a day such as 2026-01-31',
  })
  .optional();
const filters = {
  action: text.describe('Such as `tool.run`.'),
  actor: text.describe('The id of who acted.'),
  target: text.describe('The id of what it was done to.'),
  from: moment.describe('Entries of this time or later.'),
  to: moment.describe('Entries of this time or earlier; a day counts to its end.'),
};
const listQuery = z.object({
  ...filters,
  ...paging({ default: 50, max: 500 }),
  order: z.enum(['asc', 'desc']).default('desc').describe('By `seq`.'),
});
const exportQuery = z.object({ ...filters, format: z.enum(['jsonl', 'csv']).default('jsonl') });

const party = z.object({ type: z.string(), id: z.string().nullable() });
const auditEntry: z.ZodType<AuditEntryResource> = z
  .object({
    seq: z.int().describe('1, 2, 3 … without gaps.'),
    at: z.string(),
    actor: party.describe('Who acted: `user`, `agent`, `system`, or `anonymous`.'),
    action: z.string(),
    target: party,
    outcome: z.string().describe('`success`, `failure`, `unknown`, `allow`, `ask`, `deny` or `cancelled`.'),
    details: z.record(z.string(), z.unknown()),
    prev_hash: z.string().describe('The hash of the entry before.'),
    hash: z.string().describe('SHA-256 of all the other fields.'),
  })
  .meta({ id: 'AuditEntry' });
const auditEntries: z.ZodType<AuditEntryList> = z.object({
  data: z.array(auditEntry),
  next_page: z.string().nullable(),
  names: z
    .record(z.string(), z.string())
    .describe('Names of the people and API keys of these entries, by id, also of those that are gone.'),
});
/** Sent as a stream. */
const stream = answer<Readable>(z.string());

const CONTENT_TYPES = { jsonl: 'application/jsonl; charset=utf-8', csv: 'text/csv; charset=utf-8' } as const;

/** The audit log, for operators. */
export const auditRoutes: FastifyPluginAsyncZod<AuditRoutesOptions> = async (app, { audit, identity }) => {
  app.get(
    '/api/v1/audit',
    {
      config: { action: 'audit.read' },
      schema: {
        operationId: 'listAuditEntries',
        summary: 'List who did what, newest first; for operators',
        tags: [TAGS.operations],
        querystring: listQuery,
        response: { 200: auditEntries },
      },
    },
    async (request) => {
      const { limit, order, page, ...query } = request.query;
      const after = page === undefined ? undefined : toSeq(page);
      const entries = await audit.list({ ...toFilters(query), order, after, limit: limit + 1 });
      const shown = entries.slice(0, limit);
      return {
        data: shown.map(toAuditResource),
        next_page: entries.length > limit ? String(shown.at(-1)?.seq) : null,
        names: await nameParties({ audit, findUserNames: identity.findUserNames }, shown),
      };
    },
  );

  app.get(
    '/api/v1/audit/export',
    {
      config: { action: 'audit.read' },
      schema: {
        operationId: 'exportAuditEntries',
        summary: 'Export the audit log as a file, oldest first; for operators',
        tags: [TAGS.operations],
        querystring: exportQuery,
        response: {
          200: {
            description: 'The file, streamed.',
            content: { 'application/jsonl': { schema: stream }, 'text/csv': { schema: stream } },
          },
        },
      },
    },
    async (request, reply) => {
      const { format, ...query } = request.query;
      const actor = toFactActor(getActor(request));
      const details = { format, ...query };
      await audit.record({ actor, action: 'audit.export', target: { type: 'audit', id: null }, details });
      const parts = exportEntries(audit.export(toFilters(query)), format);
      return reply
        .header('content-type', CONTENT_TYPES[format])
        .header('content-disposition', `attachment; filename="audit.${format}"`)
        .header('x-content-type-options', 'nosniff')
        .send(Readable.from(parts, { objectMode: false }));
    },
  );
};

type Filters = Partial<Record<keyof typeof filters, string | undefined>>;

function toFilters({ from, to, ...query }: Filters): Filters {
  return { ...query, from: from && toIso(from), to: to && toIso(to.length === DAY_CHARS ? `${to}T23:59:59.999Z` : to) };
}

const DAY_CHARS = '2026-01-31'.length;

function toIso(given: string): string {
  const hasZone = given.length === DAY_CHARS || /(?:Z|[+-]\d\d:?\d\d)$/i.test(given);
  return new Date(hasZone ? given : `${given}Z`).toISOString();
}

/** @throws CspError `invalid_request` for a page that this server did not name. */
function toSeq(page: string): number {
  if (/^\d{1,15}$/.test(page)) return Number(page);
  throw new CspError('invalid_request', 'This page does not exist. Start from the first page', {
    details: { field: 'page' },
  });
}
