import { CspError } from '@claude-sdk-pattern/protocol';
import { z } from 'zod';

import type { ModelCall } from '../../model-call.ts';
import { toCloudModelId } from './cloud-model-id.ts';
import type { CloudService } from './cloud-service.ts';

/** What the client of the service is asked for. */
export interface CloudRequest {
  body: Record<string, unknown>;
  headers: Record<string, string>;
  isStream: boolean;
}

/** What the services call their version of the Messages API, which stands in the body there. */
const VERSIONS = { bedrock: 'bedrock-2023-05-31', vertex: 'vertex-2023-10-16' } as const;
/** Fields that mean something only with a beta. */
const FIELD_BETAS: Readonly<Record<string, string>> = { context_management: 'context-management-2025-06-27' };

/** What a path of the service takes: no dot segment, and nothing that cannot be encoded. */
const MODEL = /^(?!\.{1,2}$)[!-~]{1,512}$/;
/** Results of tools are in messages. */
const MAX_DEPTH = 3;

const request = z.looseObject({ model: z.string().regex(MODEL), stream: z.boolean().optional() });

/**
 * A request as the service takes it: with its id of the model and its version of the API, without the betas and fields that it
 * would refuse, and with no header of the agent. Pure.
 * @throws CspError `invalid_request` for a body that is no request
 */
export function toCloudRequest(
  { request: { headers }, body }: Pick<ModelCall, 'request' | 'body'>,
  service: CloudService,
): CloudRequest {
  const parsed = request.safeParse(parseJson(body));
  if (!parsed.success) throw new CspError('invalid_request', 'A request to the model is a JSON object with a model');
  const betas = readList(headers['anthropic-beta']).filter((beta) => service.betas.includes(beta));
  const asked: Record<string, unknown> = { ...parsed.data };
  for (const field of service.dropFields) delete asked[field];
  for (const [field, beta] of Object.entries(FIELD_BETAS)) if (!betas.includes(beta)) delete asked[field];
  for (const part of ['system', 'tools', 'messages']) dropCacheScopes(asked[part]);
  return {
    body: {
      ...asked,
      model: toCloudModelId(parsed.data.model, service),
      anthropic_version: VERSIONS[service.kind],
      ...(betas.length > 0 && { anthropic_beta: betas }),
    },
    // Bedrock reads betas in the body, and Vertex in a header as well.
    headers: betas.length > 0 && service.kind === 'vertex' ? { 'anthropic-beta': betas.join(',') } : {},
    isStream: parsed.data.stream === true,
  };
}

/** Only Anthropic's own API has scopes of caches. */
function dropCacheScopes(part: unknown, depth = 0): void {
  if (!Array.isArray(part) || depth === MAX_DEPTH) return;
  for (const each of part.filter(isObject)) {
    if (isObject(each['cache_control'])) delete each['cache_control']['scope'];
    dropCacheScopes(each['content'], depth + 1);
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function readList(header: string | string[] | undefined): string[] {
  return [header ?? []].flat().flatMap((value) => value.split(',').map((each) => each.trim()));
}

function parseJson(body: Buffer | undefined): unknown {
  try {
    return JSON.parse(body?.toString('utf8') ?? '');
  } catch {
    return undefined;
  }
}
