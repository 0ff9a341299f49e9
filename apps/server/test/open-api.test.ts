import { chmod, mkdir, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { validate } from '@readme/openapi-parser';
import { startServer, until, type TestServer } from '@claude-sdk-pattern/testkit';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { JsonSchema, OpenApiDocument, Operation } from '../src/gateway/openapi/open-api-types.ts';

let server: TestServer;
let document: OpenApiDocument;

beforeAll(async () => {
  server = await startServer();
  document = (await (await fetch(`${server.url}/api/openapi.json`)).json()) as OpenApiDocument;
});
afterAll(async () => server?.[Symbol.asyncDispose]());

function listOperations(): { method: string; path: string; operation: Operation }[] {
  return Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({ method, path, operation })),
  );
}

/** Says what of a value is not as a schema of the document has it. */
function check(schema: JsonSchema, value: unknown, schemas = document.components.schemas): unknown[] {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  addFormats.default(ajv);
  const validator = ajv.compile({ ...schema, components: { schemas } });
  return validator(value) ? [] : (validator.errors ?? []);
}

/** The same schemas for which a field that they do not name is a mistake. */
function close(schema: JsonSchema): JsonSchema {
  return JSON.parse(JSON.stringify(schema), (_key, value: JsonSchema | null) =>
    value?.properties !== undefined && value.type === 'object' && value.additionalProperties === undefined
      ? { ...value, additionalProperties: false }
      : value,
  ) as JsonSchema;
}

describe('the document', () => {
  it('is a valid OpenAPI 3.1 document, and says so to whoever asks without a credential', async () => {
    const result = await validate(structuredClone(document) as unknown as Parameters<typeof validate>[0]);
    expect(result).toMatchObject({ valid: true });
    expect(document.openapi).toBe('3.1.1');
  });

  it('is not sent again to a client that has it', async () => {
    const first = await fetch(`${server.url}/api/openapi.json`);
    const etag = first.headers.get('etag') ?? '';
    const second = await fetch(`${server.url}/api/openapi.json`, { headers: { 'if-none-match': etag } });
    expect(second.status).toBe(304);
  });

  it('says of every operation what it is for, under a tag that is described', () => {
    const tags = document.tags.map(({ name }) => name);
    for (const { method, path, operation } of listOperations()) {
      expect(operation.summary, `${method} ${path}`).not.toBe('');
      expect(tags, `${method} ${path}`).toEqual(expect.arrayContaining(operation.tags));
      expect(operation.tags, `${method} ${path}`).toHaveLength(1);
    }
    const names = listOperations().map(({ operation }) => operation.operationId);
    expect(new Set(names).size).toBe(names.length);
    expect(names.filter((name) => !/^[a-z][A-Za-z]+$/.test(name))).toEqual([]);
  });

  it('gives examples that its own schemas accept', () => {
    const examples = listOperations().flatMap(({ operation }) => {
      const media = operation.requestBody?.content['application/json'];
      return media?.example === undefined ? [] : [{ name: operation.operationId, ...media }];
    });
    expect(examples.length).toBeGreaterThan(6);
    for (const { name, schema, example } of examples) expect(check(schema, example), name).toEqual([]);
  });

  it('says rightly which operations need a credential', async () => {
    for (const { method, path, operation } of listOperations()) {
      if (path === '/ws/v1/chat') continue;
      const response = await fetch(server.url + path.replaceAll(/\{\w+\}/g, 'x'), {
        method: method.toUpperCase(),
        ...(method === 'post' && { headers: { 'content-type': 'application/json' }, body: '{}' }),
      });
      const expected = operation.security?.length === 0 ? [200, 204, 400] : [401];
      expect(expected, `${method} ${path}`).toContain(response.status);
    }
  });
});

describe('answers', () => {
  /** Sends a request; what comes back must be what the document says of it, with no field more. */
  async function ask<T = { id: string }>(
    method: 'get' | 'post' | 'put' | 'patch' | 'delete',
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<T> {
    const response = await server.fetch(path, {
      method: method.toUpperCase(),
      headers: { ...headers, ...(body !== undefined && { 'content-type': 'application/json' }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const operation = findOperation(method, path);
    const described = operation.responses[String(response.status)];
    if (!described) throw new Error(`${operation.operationId} answered ${response.status}: ${await response.text()}`);
    const { content = {} } = '$ref' in described ? findFailure(described.$ref) : described;
    const schema = content['application/json']?.schema;
    if (!schema) return undefined as T;
    const value: unknown = await response.json();
    const schemas = Object.fromEntries(
      Object.entries(document.components.schemas).map(([name, each]) => [name, close(each)]),
    );
    expect(check(close(schema), value, schemas), `${method} ${path}: ${JSON.stringify(value)}`).toEqual([]);
    return value as T;
  }

  function findOperation(method: 'get' | 'post' | 'put' | 'patch' | 'delete', path: string): Operation {
    const [target = ''] = path.split('?');
    const found = Object.entries(document.paths)
      .toSorted(([a], [b]) => a.split('{').length - b.split('{').length)
      .find(
        ([template, operations]) =>
          operations[method] && new RegExp(`^${template.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(target),
      )?.[1][method];
    if (!found) throw new Error(`${method} ${path} is not in the document`);
    return found;
  }

  function findFailure(reference: string) {
    const failure = document.components.responses[reference.split('/').at(-1) ?? ''];
    if (!failure) throw new Error(`${reference} is not in the document`);
    return failure;
  }

  it('of folders of the server are as described', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'csp-folder-'));
    // Agents have a user of their own where the server is root.
    await chmod(dir, 0o777);
    const settings = { label: 'Work', roles: ['admin'], modes: ['copy', 'direct'] };
    const root = await ask('post', '/api/v1/folder-roots', { ...settings, path: dir });
    await ask('get', '/api/v1/folder-roots');
    await ask('patch', `/api/v1/folder-roots/${root.id}`, { label: 'Other' });
    await mkdir(join(dir, 'inner'));
    await ask('get', `/api/v1/folder-roots/${root.id}/folders`);
    const resources = [{ type: 'local_folder', path: await realpath(dir), mode: 'direct' }];
    const session = await ask<{ id: string; resources: { id: string }[] }>('post', '/v1/sessions', { resources });
    await ask('get', '/api/v1/folder-leases');
    await ask('delete', `/api/v1/folder-leases/${session.resources[0]?.id}`);
    await ask('delete', `/v1/sessions/${session.id}`);
    await ask('delete', `/api/v1/folder-roots/${root.id}`);
    await rm(dir, { recursive: true });
  });

  it('of agents and environments are as described', async () => {
    const tools = [{ type: 'agent_toolset_20260401', configs: [{ name: 'bash', enabled: false }] }];
    const mcp_servers = [{ type: 'url', name: 'docs', url: 'https://example.com/mcp' }];
    const agent = await ask('post', '/v1/agents', { name: 'Poet', model: 'default', tools, mcp_servers });
    await ask('post', `/v1/agents/${agent.id}`, { system: 'Rhyme.', metadata: { a: 'b' } });
    await ask('get', `/v1/agents/${agent.id}`);
    await ask('get', '/v1/agents');
    await ask('get', `/v1/agents/${agent.id}/versions`);
    await ask('post', `/v1/agents/${agent.id}/archive`);
    const config = { type: 'cloud', networking: { type: 'limited' } };
    const environment = await ask('post', '/v1/environments', { name: 'Closed', config });
    await ask('get', `/v1/environments/${environment.id}`);
    await ask('get', '/v1/environments?include_archived=true');
    await ask('post', `/v1/environments/${environment.id}`, { description: 'Nothing but the model' });
    await ask('delete', `/v1/environments/${environment.id}`);
  });

  it('of sessions and their events are as described', async () => {
    const session = await ask('post', '/v1/sessions', { title: 'A', metadata: { a: 'b' } });
    const content = [{ type: 'text', text: 'hello' }];
    await ask('post', `/v1/sessions/${session.id}/events`, { events: [{ type: 'user.message', content }] });
    await until('the turn is over', async () => {
      const { status, stop_reason: reason } = await ask<{ status: string; stop_reason: unknown }>(
        'get',
        `/v1/sessions/${session.id}`,
      );
      return status === 'idle' && reason !== null;
    });
    await ask('get', `/v1/sessions/${session.id}/events?extensions=true`);
    await ask('get', `/v1/sessions/${session.id}/threads`);
    const resources = `/v1/sessions/${session.id}/resources`;
    const mounted = await ask('post', resources, { type: 'github_repository', url: 'https://git.invalid/a/b' });
    await ask('get', resources);
    await ask('get', `${resources}/${mounted.id}`);
    await ask('post', `${resources}/${mounted.id}`, { authorization_token: 'token' });
    await ask('delete', `${resources}/${mounted.id}`);
    await ask('get', '/api/v1/approvals');
    await ask('get', '/api/v1/processes');
    await ask('get', '/api/v1/upstreams');
    await ask('put', '/api/v1/log-level', { level: 'debug', for_seconds: 60 });
    await ask('put', '/api/v1/log-level', { level: null });
    await ask('get', '/api/v1/log-level');
    const limit = { amount: '100000', currency: 'USD' };
    const budget = await ask('post', '/api/v1/budgets', { scope: 'platform', period: 'month', limit, warn_at: 0.8 });
    await ask('patch', `/api/v1/budgets/${budget.id}`, { limit });
    await ask('get', '/api/v1/budgets');
    await ask('get', `/api/v1/sessions/${session.id}/workspace/files?query=a&limit=1`);
    const workspace = `/api/v1/sessions/${session.id}/workspace`;
    await ask('post', `${workspace}/folders`, { path: 'outputs' });
    await ask('post', `${workspace}/move`, { from: 'outputs', to: 'moved' });
    await ask('delete', `${workspace}/file?path=moved`);
    await ask('put', `${workspace}/file?path=a.md`, { text: 'a' }, { 'if-none-match': '*' });
    await ask('put', `${workspace}/file?path=a.md`, { text: 'a' }, { 'if-match': '"none"' });
    await ask('get', `${workspace}/file?path=a.md`);
    await ask('get', `${workspace}/files?folder=&limit=1`);
    await ask('get', `${workspace}/stamps?path=&path=none`);
    const terminals = `/api/v1/sessions/${session.id}/terminals`;
    const terminal = await ask('post', terminals, { columns: 80, rows: 24 });
    await ask('get', terminals);
    await ask('delete', `${terminals}/${terminal.id}`);
    await ask('get', `/api/v1/sessions/${session.id}/outputs`);
    await ask('get', `/api/v1/sessions/${session.id}/commands`);
    await ask('get', `/api/v1/sessions/${session.id}/mcp-servers`);
    await ask('post', `/api/v1/sessions/${session.id}/mcp-servers/none/reconnect`);
    const app = `/api/v1/sessions/${session.id}/apps/${'0'.repeat(64)}`;
    await ask('post', `${app}/calls`, { tool: 'refresh' });
    await ask('post', `${app}/resources`, { uri: 'docs://tides' });
    await ask('post', `/v1/sessions/${session.id}`, { title: 'B', pinned: true });
    await ask('get', '/v1/sessions?limit=1&order=asc');
    await ask('post', `/v1/sessions/${session.id}/archive`);
    await ask('post', `/v1/sessions/${session.id}/unarchive`);
    await ask('delete', `/v1/sessions/${session.id}`);
  });

  it('of the platform are as described', async () => {
    await ask('get', '/health/live');
    await ask('get', '/health/ready');
    await ask('get', '/health/startup');
    await ask('get', '/api/v1/bootstrap');
    const key = await ask('post', '/api/v1/api-keys', { name: 'k', expires_in_days: 1 });
    await ask('get', '/api/v1/api-keys');
    await ask('delete', `/api/v1/api-keys/${key.id}`);
    await ask('get', '/v1/files');
    const form = new FormData();
    form.set('files[]', new File(['---\ndescription: Helps\n---\nHelp.'], 'helper/SKILL.md'));
    const uploaded = await server.fetch('/v1/skills', { method: 'POST', body: form });
    const { id } = (await uploaded.json()) as { id: string };
    for (const path of ['', `/${id}`, `/${id}/versions`, `/${id}/versions/latest`])
      await ask('get', `/v1/skills${path}`);
    await ask('get', '/api/v1/audit?limit=2');
    await ask('put', '/api/v1/secrets/TOKEN', { value: 'a secret value' });
    await ask('get', '/api/v1/secrets');
    await ask('get', '/api/v1/secrets?scope=agent');
    await ask('delete', '/api/v1/secrets/TOKEN');
    await ask('get', '/api/v1/mcp-sign-ins');
    await ask('post', '/api/v1/mcp-sign-ins', { server_url: 'http://mcp.example.com/' });
    await ask('delete', '/api/v1/mcp-sign-ins/none');
    const of = { issuer: 'https://auth.example.com', server_origins: ['https://mcp.example.com'] };
    await ask('put', '/api/v1/mcp-clients', { ...of, client_id: 'csp' });
    await ask('get', '/api/v1/mcp-clients');
    await ask('delete', '/api/v1/mcp-clients?issuer=https://auth.example.com');
    await ask('get', `/oauth/client-metadata/${'0'.repeat(40)}`);
  });

  it('of vaults are as described', async () => {
    const vault = await ask('post', '/v1/vaults', { display_name: 'V', metadata: { a: 'b' } });
    const path = `/v1/vaults/${vault.id}`;
    await ask('post', path, { display_name: 'W' });
    await ask('get', '/v1/vaults?limit=1');
    await ask('get', path);
    const url = 'http://127.0.0.1:1/mcp';
    const bearer = { type: 'static_bearer', mcp_server_url: url, token: 'token' };
    const first = await ask('post', `${path}/credentials`, { auth: bearer, display_name: 'C' });
    await ask('delete', `${path}/credentials/${first.id}`);
    const refresh = {
      ...{ client_id: 'c', refresh_token: 'r', token_endpoint: 'http://127.0.0.1:1/token' },
      token_endpoint_auth: { type: 'client_secret_basic', client_secret: 's' },
    };
    const oauth = { type: 'mcp_oauth', mcp_server_url: url, access_token: 'token', refresh };
    const second = await ask('post', `${path}/credentials`, { auth: oauth });
    await ask('get', `${path}/credentials`);
    await ask('post', `${path}/credentials/${second.id}`, { metadata: { a: 'b' } });
    await ask('post', `${path}/credentials/${second.id}/mcp_oauth_validate`);
    await ask('get', `${path}/credentials/${second.id}`);
    await ask('post', `${path}/credentials/${second.id}/archive`);
    await ask('post', `${path}/archive`);
    await ask('delete', path);
  });

  it('of deployments are as described', async () => {
    const { id: agent } = await ask('post', '/v1/agents', { name: 'Reporter', model: 'default' });
    const made = await ask('post', '/v1/deployments', {
      ...{ agent, name: 'D', schedule: { type: 'cron', expression: '0 9 * * *', timezone: 'UTC' } },
      initial_events: [{ type: 'user.message', content: [{ type: 'text', text: 'hello' }] }],
      budget: { type: 'limit', max_list_cost: { amount: '5', currency: 'USD' } },
    });
    const path = `/v1/deployments/${made.id}`;
    await ask('post', path, { description: 'Daily' });
    await ask('get', '/api/v1/schedule-preview?expression=0+9+*+*+*&timezone=UTC');
    await ask('post', `${path}/pause`);
    await ask('get', path);
    await ask('post', `${path}/unpause`);
    const webhook = `/api/v1/deployments/${made.id}/webhook`;
    await ask('get', webhook);
    await ask('put', webhook, { verification: 'github', fields: ['action'] });
    await ask('get', webhook);
    await ask('delete', webhook);
    await ask('post', `/v1/agents/${agent}/archive`);
    const run = await ask('post', `${path}/run`);
    await ask('get', `/v1/deployment_runs/${run.id}`);
    await ask('get', '/v1/deployment_runs?has_error=true&trigger_type=manual');
    await ask('get', '/v1/deployments?status=paused');
    await ask('post', `${path}/archive`);
  });

  it('of plugins are as described', async () => {
    const source = { type: 'mcp', name: 'docs', command: 'docs', env: { KEY: '${secret:KEY}' } };
    await ask('post', '/api/v1/plugins', { source });
    await ask('post', '/api/v1/plugins/docs/activate', { grants: { secrets: ['KEY'] } });
    await ask('get', '/api/v1/plugins');
    await ask('get', '/api/v1/plugins/docs');
    await ask('post', '/api/v1/plugins/docs/servers/docs/connect');
    await ask('post', '/api/v1/plugins/docs/servers/docs/test', { tool: 'find' });
    await ask('post', '/api/v1/plugins/docs/servers/none/connect');
    await ask('post', '/api/v1/plugins/docs/roll-back');
    await ask('delete', '/api/v1/plugins/docs');
    const path = join(import.meta.dirname, '../../../plugins/agent');
    await ask('post', '/api/v1/plugins', { source: { type: 'path', path } });
    await ask('get', '/api/v1/plugins/example-agent/review');
    await ask('get', '/api/v1/plugins/example-agent/review/file?path=README.md');
    await ask('get', '/api/v1/plugins/example-agent/review/file?path=none');
    await ask('get', '/api/v1/plugins/example-agent/review?version=previous');
  });

  it('of accounts are as described', async () => {
    const user = await ask('post', '/api/v1/users', { email: 'ada@example.com', name: 'Ada' });
    const path = `/api/v1/users/${user.id}`;
    await ask('get', '/api/v1/users');
    await ask('get', path);
    const { url } = await ask<{ url: string }>('post', `${path}/invitation`);
    await ask('post', '/api/v1/invitations/find', { token: url.split('#link=')[1] });
    const key = await ask('post', `${path}/api-keys`, { name: 'k', scopes: ['read'] });
    await ask('get', `${path}/api-keys`);
    await ask('delete', `${path}/api-keys/${key.id}`);
    await ask('get', '/api/v1/sign-ins');
    await ask('get', '/api/v1/sign-in');
    await ask('get', '/api/v1/account');
    await ask('post', `${path}/erase`, { dry_run: true });
    await ask('post', `${path}/erase`, {});
    await ask('delete', path);
    await ask('delete', path);
  });

  it('that say no have the envelope, with the field at fault', async () => {
    await ask('get', '/v1/sessions/sesn_none');
    await ask('post', '/api/v1/processes/sesn_none/end');
    await ask('delete', '/api/v1/api-keys/none');
    for (const [method, path, body, field] of [
      ['post', '/api/v1/api-keys', { name: 'k', expires_in_days: 0 }, 'expires_in_days'],
      ['post', '/v1/agents', { model: 'default' }, 'name'],
      ['get', '/v1/sessions?limit=0', undefined, 'limit'],
      ['get', '/api/v1/sessions/sesn_none/export?format=pdf', undefined, 'format'],
    ] as const) {
      const answer = await ask<{ error: { details: unknown } }>(method, path, body);
      expect(answer.error.details, path).toMatchObject({ field });
    }
  });
});
