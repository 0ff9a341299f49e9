import { Readable } from 'node:stream';

import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';

import type { AuditRecorder } from '../../audit/audit-log.ts';
import { toFactActor } from '../../audit/fact.ts';
import { exportSession, toExportFileName } from '../../journal/export/export-session.ts';
import { createPathHider } from '../../journal/export/hide-server-paths.ts';
import type { SessionService } from '../../sessions/session-service.ts';
import { TAGS } from '../openapi/information.ts';
import { getActor } from '../entrance/admission.ts';
import { answer, id } from '../entrance/zod-schemas.ts';

export interface ExportRoutesOptions {
  audit: AuditRecorder;
  sessions: Pick<SessionService, 'read'>;
  dataDirNames: readonly string[];
}

const params = z.object({ id: id.describe('The session.') });
const query = z.object({
  format: z
    .enum(['jsonl', 'markdown'])
    .default('jsonl')
    .describe(
      '`jsonl` is every event with its `seq`, one a line; `markdown` a transcript: what was said, tool calls folded, results cut at 4,000 characters, files named from the workspace.',
    ),
});

/** Sent as a stream. */
const text = answer<Readable>(z.string());

const CONTENT_TYPES = {
  jsonl: 'application/jsonl; charset=utf-8',
  markdown: 'text/markdown; charset=utf-8',
} as const;

/** A whole session as a file, streamed as fast as the client reads it. */
export const exportRoutes: FastifyPluginAsyncZod<ExportRoutesOptions> = async (app, options) => {
  const { audit, sessions } = options;
  const hidePaths = createPathHider(options.dataDirNames);

  app.get(
    '/api/v1/sessions/:id/export',
    {
      config: { action: 'session.read' },
      schema: {
        operationId: 'exportSession',
        summary: 'Export your session as a file',
        tags: [TAGS.sessions],
        params,
        querystring: query,
        response: {
          200: {
            description: 'The file, streamed.',
            content: { 'application/jsonl': { schema: text }, 'text/markdown': { schema: text } },
          },
        },
      },
    },
    async (request, reply) => {
      const { format } = request.query;
      const actor = getActor(request);
      const { session, events } = await sessions.read(actor, request.params.id);
      const target = { type: 'session', id: session.id } as const;
      await audit.record({ actor: toFactActor(actor), action: 'session.export', target, details: { format } });
      const parts = exportSession({ format, session, events, hidePaths });
      return (
        reply
          .header('content-type', CONTENT_TYPES[format])
          .header('content-disposition', `attachment; filename="${toExportFileName({ format, session })}"`)
          .header('cache-control', 'no-store')
          .header('x-content-type-options', 'nosniff')
          // Not in object mode, so that what waits is counted in bytes.
          .send(Readable.from(parts, { objectMode: false }))
      );
    },
  );
};
