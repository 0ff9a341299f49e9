import { z } from 'zod';

import { jsonOf } from './json-of.ts';

/** Claude in a cloud, in place of the Messages API at a URL. */
export interface ConfiguredCloud {
  kind: 'bedrock' | 'vertex';
  region: string;
  project: string | undefined;
  baseUrl: string | undefined;
  modelIds: Readonly<Record<string, string>>;
  betas: readonly string[];
  dropFields: readonly string[];
}

/** A Messages API that model calls may go to. */
export interface ConfiguredUpstream {
  name: string;
  /** Of the cloud, undefined for the one of the region. */
  baseUrl: string | undefined;
  cloud?: ConfiguredCloud;
  /** Where its key is: the value from the environment, or the name of a secret. */
  key: { from: 'environment'; value: string | undefined } | { from: 'secret'; name: string };
  /** Names of models with `*` for any characters; null for all models. */
  models: readonly string[] | null;
}

/** Where model calls go: real Messages APIs in order, or the scripted model of the demo. */
export type Upstream = { kind: 'api'; upstreams: readonly ConfiguredUpstream[] } | { kind: 'demo' };

/** The name of the upstream that `ANTHROPIC_BASE_URL` and `ANTHROPIC_API_KEY` describe. */
const DEFAULT = 'default';
const ANTHROPIC_API = 'https://api.anthropic.com';
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;
/** As the room of secrets takes them. */
const SECRET_NAME = /^[A-Za-z_][A-Za-z0-9_.-]{0,63}$/;

/** Betas that both clouds take, by their documentation of Claude; more can be named. */
const CLOUD_BETAS = [
  'interleaved-thinking-2025-05-14',
  'context-1m-2025-08-07',
  'tool-search-tool-2025-10-19',
  'fine-grained-tool-streaming-2025-05-14',
];
/** What only Anthropic's own API takes. */
const OWN_FIELDS = ['service_tier', 'inference_geo', 'speed', 'container', 'mcp_servers', 'diagnostics'];
const CLOUD_FIELDS = ['region', 'project', 'model_ids', 'betas', 'drop_fields'] as const;

const entry = z
  .strictObject({
    name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,31}$/, 'takes a-z, 0-9 and -, at most 32'),
    type: z.enum(['messages', 'bedrock', 'vertex']).default('messages'),
    base_url: z.url({ protocol: /^https?$/, error: 'takes a URL' }).optional(),
    region: z
      .string()
      .regex(/^[a-z0-9-]{2,40}$/, 'takes the name of a region')
      .optional(),
    project: z.string().min(1).max(100).optional(),
    model_ids: z.record(z.string().min(1), z.string().min(1)).optional(),
    betas: z.array(z.string().min(1)).optional(),
    drop_fields: z.array(z.string().min(1)).optional(),
    key_variable: z.string().regex(VARIABLE, 'takes the name of an environment variable').optional(),
    key_secret: z.string().regex(SECRET_NAME, 'takes the name of a secret').optional(),
    models: z.array(z.string().min(1)).min(1).optional(),
  })
  .refine((each) => each.key_variable === undefined || each.key_secret === undefined, 'has two keys')
  .refine((each) => each.type !== 'messages' || each.base_url !== undefined, 'has no base_url')
  .refine((each) => each.type === 'messages' || each.region !== undefined, 'has no region')
  .refine((each) => each.type !== 'messages' || CLOUD_FIELDS.every((field) => each[field] === undefined), {
    error: `${['region', 'project', 'model_ids', 'betas', 'drop_fields'].join(', ')} go with the types bedrock and vertex`,
  })
  .refine((each) => each.type !== 'bedrock' || each.project === undefined, 'project goes with the type vertex');

/** docs/operate/model-api.md explains the fields. */
export const upstreamList = jsonOf(
  z.array(entry).refine((all) => new Set(all.map(({ name }) => name)).size === all.length, 'a name twice'),
  '[{"name": "second", "base_url": "https://api.example.com", "key_variable": "SECOND_API_KEY", "models": ["claude-*"]}]',
);

type Entry = z.output<typeof entry>;

export interface UpstreamVariables {
  anthropicApiKey: string | undefined;
  anthropicBaseUrl: string | undefined;
  upstreams: readonly Entry[];
}

/** The upstreams in the order in which they are tried: that of the two ANTHROPIC variables first. */
export function toUpstream(
  { anthropicApiKey, anthropicBaseUrl, upstreams }: UpstreamVariables,
  environment: Readonly<Record<string, string | undefined>>,
): Upstream {
  const hasDefault = anthropicApiKey !== undefined || anthropicBaseUrl !== undefined;
  if (!hasDefault && upstreams.length === 0) return { kind: 'demo' };
  const first: ConfiguredUpstream = {
    name: DEFAULT,
    baseUrl: anthropicBaseUrl ?? ANTHROPIC_API,
    key: { from: 'environment', value: anthropicApiKey },
    models: null,
  };
  const others = upstreams.map(
    ({
      name,
      base_url: baseUrl,
      key_secret: secret,
      key_variable: variable,
      models = null,
      ...of
    }): ConfiguredUpstream => ({
      ...{ name, baseUrl, models },
      ...(of.type !== 'messages' && { cloud: toCloud(of.type, { ...of, base_url: baseUrl }) }),
      key:
        secret === undefined
          ? { from: 'environment', value: variable === undefined ? undefined : environment[variable] }
          : { from: 'secret', name: secret },
    }),
  );
  return { kind: 'api', upstreams: [...(hasDefault ? [first] : []), ...others] };
}

/**
 * The secrets from which keys of upstreams come, in their order: whoever sets one of their own pays with it. Each with the names of
 * its upstreams.
 */
export function toModelKeys(upstream: Upstream): { secret: string; upstreams: string[] }[] {
  const found = new Map<string, string[]>();
  for (const { name, key } of upstream.kind === 'demo' ? [] : upstream.upstreams)
    if (key.from === 'secret') found.set(key.name, [...(found.get(key.name) ?? []), name]);
  return [...found].map(([secret, upstreams]) => ({ secret, upstreams }));
}

function toCloud(kind: ConfiguredCloud['kind'], of: Omit<Entry, 'name' | 'type'>): ConfiguredCloud {
  return {
    ...{ kind, region: of.region ?? '', project: of.project, baseUrl: of.base_url, modelIds: of.model_ids ?? {} },
    betas: of.betas ?? CLOUD_BETAS,
    dropFields: of.drop_fields ?? OWN_FIELDS,
  };
}

/** What is wrong with them together: a name that is taken, and variables without a key in them. */
export function findUpstreamProblems(
  { anthropicApiKey, anthropicBaseUrl, upstreams }: UpstreamVariables,
  environment: Readonly<Record<string, string | undefined>>,
): string[] {
  const hasDefault = anthropicApiKey !== undefined || anthropicBaseUrl !== undefined;
  return upstreams.flatMap(({ name, key_variable: variable }) => [
    ...(hasDefault && name === DEFAULT
      ? [`${DEFAULT} is the upstream of ANTHROPIC_BASE_URL and ANTHROPIC_API_KEY`]
      : []),
    ...(variable !== undefined && (environment[variable] ?? '') === '' ? [`${name}: ${variable} is not set`] : []),
  ]);
}
