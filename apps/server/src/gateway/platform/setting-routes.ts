import type { SettingResource } from '@claude-sdk-pattern/protocol';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';

import { answer } from '../entrance/zod-schemas.ts';
import { TAGS } from '../openapi/information.ts';

export interface SettingRoutesOptions {
  settings: readonly SettingResource[];
}

const setting = answer<SettingResource>(
  z
    .object({
      ...{ name: z.string(), description: z.string(), unit: z.string().nullable(), default: z.string().nullable() },
      source: z.enum(['default', 'environment', 'file']).describe('file: the data directory.'),
      ...{ is_set: z.boolean(), is_secret: z.boolean() },
      value: z
        .string()
        .nullable()
        .describe('Null for secrets, and where there is none. Of addresses only where they lead.'),
      needs_restart: z.boolean().describe('Whether a change takes effect with the next start.'),
    })
    .meta({ id: 'Setting', description: 'A setting of the server.' }),
);

/** What the server is configured with. Closed to everybody but operators. */
export const settingRoutes: FastifyPluginAsyncZod<SettingRoutesOptions> = async (app, { settings }) => {
  app.get(
    '/api/v1/settings',
    {
      config: { action: 'settings.read' },
      schema: {
        operationId: 'listSettings',
        summary: 'List the settings of the server that answers, with the source of each value; for operators',
        tags: [TAGS.operations],
        response: { 200: z.object({ data: z.array(setting), next_page: z.null() }) },
      },
    },
    async () => ({ data: [...settings], next_page: null }),
  );
};
