import type { LogLevelResource } from '@claude-sdk-pattern/protocol';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';

import type { AuditRecorder } from '../../audit/audit-log.ts';
import { toFactActor } from '../../audit/fact.ts';
import { LOG_LEVELS } from '../../lib/log-levels.ts';
import type { LogLevel } from '../../telemetry/log-level.ts';
import { getActor } from '../entrance/admission.ts';
import { answer } from '../entrance/zod-schemas.ts';
import { TAGS } from '../openapi/information.ts';

export interface LogLevelRoutesOptions {
  audit: AuditRecorder;
  logLevelControl: LogLevel;
  /** Of the server that answers. */
  nodeId: string;
}

/** A day: longer belongs into the configuration. */
const MAX_SECONDS = 24 * 60 * 60;
const level = z.enum(LOG_LEVELS);
const logLevelResource = answer<LogLevelResource>(
  z
    .object({
      type: z.literal('log_level'),
      level: level.describe('The lowest level that is logged.'),
      configured: level.describe('The level of the configuration, with which the server starts.'),
      ends_at: z.string().nullable().describe('When it falls back to the configured level (ISO 8601).'),
    })
    .meta({ id: 'LogLevel', description: 'How much the server that answers logs.' }),
);
const change = z.object({
  level: level.nullable().describe('The lowest level that is logged; null for the configured one.'),
  for_seconds: z
    .int()
    .min(1)
    .max(MAX_SECONDS)
    .optional()
    .describe('Then it falls back to the configured level; without it, when the server stops.'),
});
const path = '/api/v1/log-level';
const tags = [TAGS.operations];

/** How much the server logs, without a restart. Closed to everybody but operators. */
export const logLevelRoutes: FastifyPluginAsyncZod<LogLevelRoutesOptions> = async (
  app,
  { audit, nodeId, logLevelControl: logLevel },
) => {
  const describe = (): LogLevelResource => ({
    ...{ type: 'log_level', level: logLevel.current, configured: logLevel.configured },
    ends_at: logLevel.endsAtMs === undefined ? null : new Date(logLevel.endsAtMs).toISOString(),
  });

  app.get(
    path,
    {
      config: { action: 'log_level.read' },
      schema: {
        operationId: 'getLogLevel',
        summary: 'Get how much the server logs; for operators',
        tags,
        response: { 200: logLevelResource },
      },
    },
    async () => describe(),
  );

  app.put(
    path,
    {
      config: { action: 'log_level.change' },
      schema: {
        operationId: 'changeLogLevel',
        summary: 'Change how much the server logs, for a time or until it stops; for operators',
        tags,
        body: change,
        response: { 200: logLevelResource },
      },
    },
    async (request) => {
      const { level: asked, for_seconds: seconds } = request.body;
      await audit.record({
        ...{ actor: toFactActor(getActor(request)), action: 'log_level.change' },
        target: { type: 'server', id: nodeId },
        details: { level: asked ?? logLevel.configured, ...(seconds !== undefined && { for_seconds: seconds }) },
      });
      if (asked === null) logLevel.reset();
      else logLevel.set(asked, { forMs: seconds === undefined ? undefined : seconds * 1000 });
      return describe();
    },
  );
};
