import type { Random } from '../random.ts';
import { corruptText, drawDeepNest, drawInteger, drawText, drawValue, mutateValue, pick } from './draw-json.ts';

/** One HTTP request with some defect. */
export interface FuzzRequest {
  kind: string;
  method: string;
  /** As sent on the wire: ASCII, without blanks. */
  path: string;
  headers: Record<string, string>;
  body: Buffer | undefined;
  /** Whether the request has a credential. */
  signedIn: boolean;
}

interface Template {
  method: 'GET' | 'POST' | 'DELETE';
  /** `:id` stands for an id. */
  path: string;
  query?: Record<string, string>;
  body?: unknown;
}

const PAGE = { limit: '20', page: 'abc', order: 'asc', 'created_at[gte]': '2026-01-01T00:00:00Z' };
/** The routes of the HTTP API with valid bodies, except those that start a process or delete existing things. */
const TEMPLATES: readonly Template[] = [
  { method: 'GET', path: '/v1/sessions', query: { ...PAGE, statuses: 'idle', search: 'a', sort_by: 'updated_at' } },
  { method: 'POST', path: '/v1/sessions', body: { title: [], model: 7, agent: 'agent_default', metadata: { a: 'b' } } },
  { method: 'GET', path: '/v1/sessions/:id' },
  {
    method: 'POST',
    path: '/v1/sessions/:id',
    body: { title: 'A title', permission_mode: 'plan', metadata: { a: null } },
  },
  { method: 'DELETE', path: '/v1/sessions/sesn_unknown' },
  { method: 'POST', path: '/v1/sessions/sesn_unknown/archive' },
  {
    method: 'GET',
    path: '/v1/sessions/:id/events',
    query: { ...PAGE, types: 'user.message', after_seq: '1', extensions: 'true' },
  },
  {
    method: 'POST',
    path: '/v1/sessions/sesn_unknown/events',
    body: { events: [{ type: 'user.message', content: [{ type: 'text', text: 'hello' }] }] },
  },
  {
    method: 'POST',
    path: '/v1/sessions/:id/events',
    body: { events: [{ type: 'user.tool_confirmation', tool_use_id: 'x', result: 'deny' }] },
  },
  { method: 'GET', path: '/v1/sessions/:id/events/stream', query: { after: '1', 'event_deltas[]': 'agent.message' } },
  { method: 'GET', path: '/v1/sessions/:id/threads', query: { limit: '20' } },
  { method: 'GET', path: '/v1/sessions/:id/threads/:id/events', query: PAGE },
  { method: 'GET', path: '/v1/agents', query: PAGE },
  {
    method: 'POST',
    path: '/v1/agents',
    body: { name: 7, model: 'sonnet', system: 'Be brief', tools: [{ type: 'agent_toolset_20260401' }] },
  },
  { method: 'GET', path: '/v1/agents/:id', query: { version: '1' } },
  { method: 'POST', path: '/v1/agents/agent_unknown', body: { version: 1, name: 'An agent' } },
  { method: 'GET', path: '/v1/environments', query: PAGE },
  {
    method: 'POST',
    path: '/v1/environments',
    body: { name: 7, config: { type: 'cloud', networking: { type: 'limited' } } },
  },
  { method: 'GET', path: '/v1/environments/:id' },
  { method: 'GET', path: '/v1/files', query: { limit: '20', before_id: 'x', scope_id: 'y' } },
  { method: 'POST', path: '/v1/files' },
  { method: 'GET', path: '/v1/files/:id/content' },
  { method: 'POST', path: '/api/v1/chat', body: { frames: [{ type: 'ping', id: 'p' }, 7] } },
  { method: 'GET', path: '/api/v1/sessions/:id/export', query: { format: 'markdown' } },
  { method: 'GET', path: '/api/v1/processes' },
  { method: 'POST', path: '/api/v1/processes/sesn_unknown/restart', body: { when: 'idle' } },
  { method: 'GET', path: '/api/v1/api-keys' },
  { method: 'POST', path: '/api/v1/api-keys', body: { name: [] } },
  { method: 'DELETE', path: '/api/v1/api-keys/:id' },
  { method: 'GET', path: '/api/v1/bootstrap' },
  { method: 'GET', path: '/api/openapi.json' },
  { method: 'GET', path: '/ws/v1/chat' },
  { method: 'GET', path: '/health/ready' },
  { method: 'GET', path: '/assets/:id' },
  { method: 'GET', path: '/:id' },
];
const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'TRACE', 'PROPFIND', 'SEARCH'];
const CONTENT_TYPES = [
  ...['application/json', 'application/json; charset=utf-16', 'text/plain', 'application/x-www-form-urlencoded', ''],
  ...['multipart/form-data; boundary=x', 'multipart/form-data', 'application/octet-stream', 'nonsense', 'a/b/c;;;'],
];

export function drawRequest(random: Random, options: { sessionId: string; apiKey: string }): FuzzRequest {
  const template = pick(random, TEMPLATES);
  const kind = pick(random, ['path', 'query', 'body', 'body', 'body', 'headers', 'method', 'bytes'] as const);
  const signedIn = random() < 0.8;
  const method = kind === 'method' ? pick(random, METHODS) : template.method;
  const path = toPath(random, template, { sessionId: options.sessionId, isMutated: kind === 'path' });
  const query = toQuery(random, template.query, kind === 'query');
  const body = method === 'GET' || method === 'HEAD' ? undefined : toBody(random, template, kind);
  const headers = {
    ...toCredential(random, options.apiKey, signedIn),
    ...(body && { 'content-type': kind === 'headers' ? pick(random, CONTENT_TYPES) : 'application/json' }),
    ...(kind === 'headers' && drawHeaders(random)),
  };
  return { kind, method, path: `${path}${query}`, headers, body, signedIn };
}

function toCredential(random: Random, apiKey: string, signedIn: boolean): Record<string, string> {
  if (signedIn) return random() < 0.5 ? { authorization: `Bearer ${apiKey}` } : { 'x-api-key': apiKey };
  const wrong = toHeaderValue(drawText(random));
  return pick<Record<string, string>>(random, [
    {},
    { authorization: `Bearer ${wrong}` },
    { authorization: wrong },
    { 'x-api-key': wrong },
    { cookie: `csp.session_token=${encodeURIComponent(wrong)}; ${wrong.replaceAll(/[;,]/g, '')}` },
  ]);
}

function toPath(
  random: Random,
  { path }: Template,
  { sessionId, isMutated }: { sessionId: string; isMutated: boolean },
): string {
  const filled = path.replaceAll(':id', () =>
    random() < 0.4 ? sessionId : encodeText(drawText(random).slice(0, 300)),
  );
  if (!isMutated) return filled;
  const broken = pick(random, [
    () => corruptText(random, filled),
    () =>
      `${filled}${pick(random, ['%', '%zz', '%ff', '%00', '//', '/../..', '/%2e%2e/%2e%2e/etc/passwd', ';x', '#x'])}`,
    () => `/${filled}`,
    () => filled.toUpperCase(),
    () => `${filled}/${'x'.repeat(drawInteger(random, 5000))}`,
  ])();
  const clean = broken.replaceAll(/[^\u0021-\u007e]/g, '');
  // Without the leading slash it would be read as another host.
  return clean.startsWith('/') ? clean : `/${clean}`;
}

function toQuery(random: Random, query: Template['query'] = {}, isMutated = false): string {
  if (!isMutated)
    return random() < 0.5 || Object.keys(query).length === 0 ? '' : `?${new URLSearchParams(query).toString()}`;
  const mutated = mutateValue(random, query);
  const entries: [string, unknown][] = Object.entries(
    typeof mutated === 'object' && mutated !== null ? mutated : { limit: mutated },
  );
  const pairs = entries.map(
    ([name, value]) => `${encodeText(name)}=${encodeText((JSON.stringify(value) ?? '').replaceAll(/^"|"$/g, ''))}`,
  );
  const text = [...pairs, ...(random() < 0.2 ? pairs : [])].join('&').slice(0, 8000);
  return `?${random() < 0.2 ? corruptText(random, text).replaceAll(/[^\u0021-\u007e]/g, '') : text}`;
}

function toBody(random: Random, { body }: Template, kind: FuzzRequest['kind']): Buffer | undefined {
  if (body === undefined && kind !== 'body' && kind !== 'bytes') return undefined;
  if (kind === 'bytes')
    return Buffer.from(Array.from({ length: drawInteger(random, 200) }, () => drawInteger(random, 256)));
  const text = JSON.stringify(body ?? {});
  if (kind !== 'body') return Buffer.from(text);
  const roll = random();
  if (roll < 0.6) return Buffer.from(JSON.stringify(mutateValue(random, mutateValue(random, body ?? {}))) ?? '');
  if (roll < 0.8) return Buffer.from(corruptText(random, text));
  if (roll < 0.97) return Buffer.from(JSON.stringify(drawValue(random)) ?? '');
  if (roll < 0.99) return Buffer.from(drawDeepNest(random));
  return Buffer.alloc(9 * 1024 * 1024, 0x20);
}

function drawHeaders(random: Random): Record<string, string> {
  const value = toHeaderValue(drawText(random)).slice(0, 2000);
  return pick<Record<string, string>>(random, [
    { origin: value },
    { 'last-event-id': value },
    { 'content-encoding': value },
    { 'anthropic-version': value, 'anthropic-beta': value },
    { 'idempotency-key': value },
    { 'x-forwarded-for': value, 'x-forwarded-proto': value },
    { accept: value, 'accept-encoding': value },
    { range: value },
    { 'if-none-match': value, 'if-modified-since': value },
    { expect: '100-continue' },
    { upgrade: 'websocket', connection: 'keep-alive' },
    { 'x-long': 'x'.repeat(8000) },
  ]);
}

/** Any text as a part of an address. Half a surrogate pair is sent as the replacement character. */
function encodeText(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}

function toHeaderValue(text: string): string {
  return text.replaceAll(/[^\u0020-\u007e\u0080-\u00ff]/g, '');
}
