import type { DiskUseReport } from '@claude-sdk-pattern/protocol';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';

import type { SessionService } from '../../sessions/session-service.ts';
import { getActor } from '../entrance/admission.ts';
import { answer } from '../entrance/zod-schemas.ts';
import { TAGS } from '../openapi/information.ts';

export interface DiskUseRoutesOptions {
  sessions: Pick<SessionService, 'reportDiskUse'>;
}

const amount = z.object({ bytes: z.int().nullable(), entries: z.int().nullable() });
const used = { bytes: z.int(), entries: z.int().describe('Files, folders and whatever else has a name.') };

const report = answer<DiskUseReport>(
  z
    .object({
      ...used,
      limit: amount.describe('What the files of all your sessions may take; null for no limit.'),
      session_limit: amount.describe('What those of one session may take.'),
      sessions: z
        .array(z.object({ session_id: z.string(), title: z.string().nullable(), ...used }))
        .describe('Those that take the most, at most 20, largest first.'),
    })
    .meta({ id: 'DiskUseReport' }),
);

/** What people's sessions take on disk. */
export const diskUseRoutes: FastifyPluginAsyncZod<DiskUseRoutesOptions> = async (app, { sessions }) => {
  app.get(
    '/api/v1/disk-use',
    {
      config: { action: 'session.read' },
      schema: {
        operationId: 'readDiskUse',
        summary: 'See how much disk the files of your sessions take',
        description: 'As last measured: sessions that work are measured every few seconds.',
        tags: [TAGS.sessions],
        response: { 200: report },
      },
    },
    (request) => sessions.reportDiskUse(getActor(request)),
  );
};
