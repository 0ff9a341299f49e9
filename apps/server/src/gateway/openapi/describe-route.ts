import type { SwaggerTransform } from '@fastify/swagger';
import { z } from 'zod';

import { getRule, type ActionRule } from '../../access/actions.ts';
import { findFailures } from './failures.ts';
import { writeRouteSchemas } from './json-schemas.ts';

type Answer = z.ZodType | { description?: string; content: Record<string, { schema: z.ZodType }> };

/** Writes the schemas of a route, and what they do not say: who may use it, and how it may fail. */
export const describeRoute: SwaggerTransform = (described) => {
  const { route } = described;
  const { schema, config } = route;
  if (schema === undefined || config === undefined || schema.hide)
    return { url: described.url, schema: { hide: true } };
  const rule = getRule(config.action);
  const own = Object.entries((schema.response ?? {}) as Record<string, Answer>);
  const response = Object.fromEntries(own.map(([status, answer]) => [status, toContent(answer)]));
  const written = writeRouteSchemas({ ...described, schema: { ...schema, response } });
  return {
    url: written.url,
    schema: {
      ...written.schema,
      ...toSecurity(rule),
      response: { ...(written.schema.response as object), ...findFailures(route, rule) },
    },
  };
};

/** An answer with its type and description. A schema of `undefined` stands for an answer without a body. */
function toContent(answer: Answer): Answer {
  if ('content' in answer || answer instanceof z.ZodUndefined) return answer;
  return {
    description: answer.description ?? 'The answer.',
    content: { 'application/json': { schema: answer } },
  };
}

/** Where it is not the document's own: no credential is needed, or only one kind will do. */
function toSecurity({ any, via }: ActionRule): { security?: Record<string, string[]>[] } {
  if (any === 'public') return { security: [] };
  return via === 'cookie' ? { security: [{ cookie: [] }] } : {};
}
