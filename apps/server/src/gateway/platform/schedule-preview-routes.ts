import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';

import type { Clock } from '../../lib/clock.ts';
import { listUpcoming } from '../../triggers/deployment-content.ts';
import { TAGS } from '../openapi/information.ts';

const querystring = z.strictObject({
  expression: z.string().min(1).max(200).describe('Five fields of POSIX cron.'),
  timezone: z.string().min(1).max(100).describe('A name of the IANA time zone database.'),
});

/** `/api/v1/schedule-preview` */
export const schedulePreviewRoutes: FastifyPluginAsyncZod<{ clock: Pick<Clock, 'now'> }> = async (app, { clock }) => {
  app.get(
    '/api/v1/schedule-preview',
    {
      config: { action: 'deployment.read' },
      schema: {
        operationId: 'previewSchedule',
        summary: 'Say when a schedule would be due: the next five times',
        tags: [TAGS.deployments],
        querystring,
        response: { 200: z.object({ upcoming_runs_at: z.array(z.iso.datetime()) }) },
      },
    },
    async ({ query }) => ({ upcoming_runs_at: listUpcoming(query, clock.now()) }),
  );
};
