import type { RouteOptions } from 'fastify';
import type { z } from 'zod';

import { getRule, type ActionRule } from '../../access/actions.ts';

/** An answer of another type than JSON. */
export interface ContentSchema {
  description?: string;
  content: Record<string, { schema: z.ZodType }>;
}

/** What a route says of itself in `schema`: what Fastify validates by, and what is documented. */
export interface RouteSchema {
  operationId?: string;
  summary?: string;
  description?: string;
  tags?: readonly string[];
  /** The parts of a form that the route reads by itself. */
  form?: z.ZodType;
  params?: z.ZodType;
  querystring?: z.ZodType;
  body?: z.ZodType;
  response?: Record<string, z.ZodType | ContentSchema>;
}

export interface ApiRoute {
  method: string;
  /** As Fastify writes it: `/v1/sessions/:session_id`. */
  url: string;
  schema: RouteSchema;
  /** Who may use it. */
  rule: ActionRule;
}

const API_PATHS = ['/api/', '/v1/', '/ws/', '/health/', '/metrics'];

/** The routes of the API among those that Fastify is told of; HEAD comes with every GET and is not told apart. */
export function toApiRoutes({
  method,
  url,
  schema,
  config,
}: Pick<RouteOptions, 'method' | 'url' | 'schema' | 'config'>): ApiRoute[] {
  if (config === undefined || schema?.hide || !API_PATHS.some((path) => url.startsWith(path))) return [];
  const methods = [method].flat().filter((each) => each !== 'HEAD' && each !== 'OPTIONS');
  return methods.map((each) => ({
    ...{ method: each, url, schema: (schema ?? {}) as RouteSchema },
    rule: getRule(config.action),
  }));
}
