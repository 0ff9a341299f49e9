import { Readable } from 'node:stream';

import type { FastifyInstance } from 'fastify';
import { z } from 'zod';

import type { Identity } from '../identity/identity.ts';
import { exportSession, toExportFileName } from '../journal/export/export-session.ts';
import type { SessionService } from '../sessions/session-service.ts';
import type { Store } from '../store/port.ts';
import { parseBody } from './parse-body.ts';
import { requirePrincipal } from './require-principal.ts';

export interface ExportRoutesOptions {
  identity: Pick<Identity, 'authenticate'>;
  sessions: Pick<SessionService, 'get'>;
  store: { events: Pick<Store['events'], 'readTextAfter'> };
  allowedOrigins: readonly string[];
}

const params = z.object({ id: z.string().min(1).max(128) });
const query = z.object({ format: z.enum(['jsonl', 'markdown']).default('jsonl') });

const CONTENT_TYPES = {
  jsonl: 'application/jsonl; charset=utf-8',
  markdown: 'text/markdown; charset=utf-8',
} as const;

/** A whole session as a file, streamed as fast as its reader takes it. */
export async function exportRoutes(app: FastifyInstance, options: ExportRoutesOptions): Promise<void> {
  const { sessions, store } = options;

  app.get('/api/v1/sessions/:id/export', async (request, reply) => {
    const principal = await requirePrincipal(request, options);
    const { id } = parseBody(params, request.params);
    const { format } = parseBody(query, request.query);
    const session = await sessions.get({ id: principal.userId, name: principal.name }, id);
    const text = exportSession({ format, session, readTextAfter: store.events.readTextAfter });
    return (
      reply
        .header('content-type', CONTENT_TYPES[format])
        .header('content-disposition', `attachment; filename="${toExportFileName({ format, session })}"`)
        .header('cache-control', 'no-store')
        .header('x-content-type-options', 'nosniff')
        // Not in object mode, so that what waits is counted in bytes.
        .send(Readable.from(text, { objectMode: false }))
    );
  });
}
