import Anthropic from '@anthropic-ai/sdk';
import { startServer, type TestServer } from '@claude-sdk-pattern/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { toList } from './support/to-list.ts';

let server: TestServer;
let client: Anthropic;

beforeAll(async () => {
  server = await startServer();
  client = new Anthropic({ baseURL: server.url, apiKey: server.apiKey, maxRetries: 0 });
});
afterAll(() => server[Symbol.asyncDispose]());

it('has the default agent and environment, which cannot be archived', async () => {
  const agent = await client.beta.agents.retrieve('agent_default');
  expect(agent).toMatchObject({ type: 'agent', version: 1, tools: [{ type: 'agent_toolset_20260401' }] });
  expect((await client.beta.environments.retrieve('env_default')).config.type).toBe('cloud');
  await expect(client.beta.agents.archive('agent_default')).rejects.toBeInstanceOf(Anthropic.ConflictError);
});

it('keeps the versions of an agent, and refuses a change made from an old one', async () => {
  const created = await client.beta.agents.create({ name: 'Reviewer', model: 'opus', metadata: { team: 'red' } });
  const updated = await client.beta.agents.update(created.id, { version: 1, system: 'Be brief.' });
  expect(updated).toMatchObject({ version: 2, system: 'Be brief.', metadata: { team: 'red' } });
  expect(await client.beta.agents.retrieve(created.id, { version: 1 })).toEqual(created);
  const stale = client.beta.agents.update(created.id, { version: 1, name: 'Other' });
  await expect(stale).rejects.toMatchObject({ status: 409, type: 'invalid_request_error' });
  const versions = await toList(client.beta.agents.versions.list(created.id, { limit: 1 }));
  expect(versions.map(({ version }) => version)).toEqual([2, 1]);
});

it('pages agents and leaves archived ones out unless they are asked for', async () => {
  const made = [];
  for (const name of ['One', 'Two', 'Three']) made.push(await client.beta.agents.create({ name, model: 'haiku' }));
  const [first] = made;
  await client.beta.agents.archive(first?.id ?? '');
  const since = { 'created_at[gte]': first?.created_at ?? '', limit: 1 };
  const names = async (params: object) =>
    (await toList(client.beta.agents.list({ ...since, ...params }))).map(({ name }) => name);
  expect(await names({})).toEqual(['Three', 'Two']);
  expect(await names({ include_archived: true })).toEqual(['Three', 'Two', 'One']);
});

it('keeps vaults and credentials without ever showing their values, and archives and deletes them', async () => {
  const { vaults } = client.beta;
  const vault = await vaults.create({ display_name: 'Alice', metadata: { user: 'a', team: 'red' } });
  const renamed = await vaults.update(vault.id, { display_name: 'Bob', metadata: { team: null } });
  expect(renamed).toMatchObject({ type: 'vault', display_name: 'Bob', metadata: { user: 'a' }, archived_at: null });
  const mcp_server_url = 'http://127.0.0.1:1/mcp';
  const refresh = {
    ...{ client_id: 'client', refresh_token: 'hidden-refresh', token_endpoint: 'http://127.0.0.1:1/token' },
    token_endpoint_auth: { type: 'client_secret_basic', client_secret: 'hidden-client' },
    scope: 'read',
  } as const;
  const auth = { type: 'mcp_oauth', mcp_server_url, access_token: 'hidden-access', refresh } as const;
  const made = await vaults.credentials.create(vault.id, { auth, display_name: 'Docs' });
  const { client_id, token_endpoint, scope } = refresh;
  const shown = {
    client_id,
    token_endpoint,
    scope,
    resource: null,
    token_endpoint_auth: { type: 'client_secret_basic' },
  };
  expect(made.auth).toEqual({ type: 'mcp_oauth', mcp_server_url, expires_at: null, refresh: shown });
  const ofVault = { vault_id: vault.id };
  const update = { type: 'mcp_oauth', access_token: 'hidden-other', refresh: { scope: '' } } as const;
  const changed = await vaults.credentials.update(made.id, { ...ofVault, auth: update });
  expect(changed).toMatchObject({ display_name: 'Docs', auth: { refresh: { ...shown, scope: null } } });
  const again = vaults.credentials.create(vault.id, { auth });
  await expect(again).rejects.toBeInstanceOf(Anthropic.ConflictError);
  const validation = await vaults.credentials.mcpOAuthValidate(made.id, ofVault);
  expect(validation).toMatchObject({ status: 'unknown', has_refresh_token: true, refresh: null });
  expect(validation.mcp_probe).toEqual({ method: 'initialize', http_response: null });
  const all = await toList(vaults.credentials.list(vault.id, { limit: 1 }));
  expect(all).toEqual([await vaults.credentials.retrieve(made.id, ofVault)]);
  expect(JSON.stringify([made, changed, all, validation])).not.toContain('hidden-');

  const archived = await vaults.archive(vault.id);
  expect(archived.archived_at).not.toBeNull();
  expect((await toList(vaults.list())).map(({ id }) => id)).not.toContain(vault.id);
  expect((await vaults.credentials.retrieve(made.id, ofVault)).archived_at).not.toBeNull();
  const session = client.beta.sessions.create({
    ...{ agent: 'agent_default', environment_id: 'env_default', vault_ids: [vault.id] },
  });
  await expect(session).rejects.toThrow(/is archived/);
  expect(await vaults.delete(vault.id)).toEqual({ id: vault.id, type: 'vault_deleted' });
  await expect(vaults.retrieve(vault.id)).rejects.toBeInstanceOf(Anthropic.NotFoundError);
});

it('refuses a credential that it cannot keep to, and says why', async () => {
  const { vaults } = client.beta;
  const vault = await vaults.create({ display_name: 'Alice' });
  const variable = {
    ...({ type: 'environment_variable', secret_name: 'KEY', secret_value: 'hidden-value' } as const),
    networking: { type: 'unrestricted' },
  } as const;
  const refused = vaults.credentials.create(vault.id, { auth: variable });
  await expect(refused).rejects.toThrow(/auth\.type: environment_variable is not supported by this server: it would/);
  const bearer = { type: 'static_bearer', mcp_server_url: 'https://mcp.example', token: 'hidden\nheader: x' } as const;
  const split = vaults.credentials.create(vault.id, { auth: bearer });
  await expect(split).rejects.toThrow(/^(?!.*hidden).*auth\.token: takes visible ASCII/);
});
const customTool = { type: 'custom', name: 'x', description: 'Does x.', input_schema: { type: 'object' } };

it.each([
  ['a field that it does not have', { multiagent: { type: 'coordinator', agents: ['self'] } }, 'multiagent'],
  ['a custom tool with dots in its name', { tools: [{ ...customTool, name: 'a.b' }] }, 'tools.0.name'],
  ['a custom tool without a description', { tools: [{ ...customTool, description: '' }] }, 'tools.0.description'],
  [
    'a custom tool whose schema is none',
    { tools: [{ ...customTool, input_schema: { type: 'object', properties: { a: { type: 'colour' } } } }] },
    'tools.0.input_schema',
  ],
  ['two custom tools of one name', { tools: [customTool, customTool] }, 'tools'],
  [
    'an MCP server under the name of the custom tools',
    {
      mcp_servers: [{ type: 'url', name: 'custom', url: 'https://example.com' }],
      tools: [customTool, { type: 'mcp_toolset', mcp_server_name: 'custom' }],
    },
    'mcp_servers.0.name',
  ],
  ['a tool of another type', { tools: [{ type: 'computer_20250124' }] }, 'tools.0.type'],
  ['a skill that no plugin brings', { skills: [{ type: 'anthropic', skill_id: 'pdf' }] }, 'skills.0.skill_id'],
  ['a speed', { model: { id: 'opus', speed: 'fast' } }, 'model.speed'],
  [
    'a setting of a tool',
    { tools: [{ type: 'agent_toolset_20260401', configs: [{ name: 'web_fetch', allowed_domains: ['example.com'] }] }] },
    'tools.0.configs.0.allowed_domains',
  ],
  ['an unknown field', { colour: 'red' }, 'colour'],
])('refuses %s by name', async (_, field, name) => {
  const params = { name: 'Reviewer', model: 'opus', ...field } as Anthropic.Beta.AgentCreateParams;
  await expect(client.beta.agents.create(params)).rejects.toMatchObject({
    status: 400,
    type: 'invalid_request_error',
    details: { field: name },
  });
});

it('creates, changes, archives and deletes environments', async () => {
  const { environments } = client.beta;
  const limited = { type: 'cloud', networking: { type: 'limited' } } as const;
  const created = await environments.create({ name: 'Quiet', config: limited });
  expect(created.config).toMatchObject({ networking: { type: 'limited', allowed_hosts: [] } });
  const updated = await environments.update(created.id, { description: 'No network.', metadata: { tier: 'gold' } });
  expect(updated).toMatchObject({ description: 'No network.', config: created.config, metadata: { tier: 'gold' } });
  expect((await environments.archive(created.id)).archived_at).not.toBeNull();
  expect((await toList(environments.list())).map(({ id }) => id)).not.toContain(created.id);
  expect(await environments.delete(created.id)).toEqual({ id: created.id, type: 'environment_deleted' });
  await expect(environments.retrieve(created.id)).rejects.toBeInstanceOf(Anthropic.NotFoundError);
});

it.each([
  [
    'hosts',
    { type: 'cloud', networking: { type: 'limited', allowed_hosts: ['example.com'] } },
    'config.networking.allowed_hosts',
  ],
  ['packages', { type: 'cloud', packages: { npm: ['left-pad'] } }, 'config.packages.npm'],
  ['self-hosting', { type: 'self_hosted' }, 'config.type'],
])('refuses an environment with %s by name', async (_, config, field) => {
  const params = { name: 'Loud', config } as Anthropic.Beta.EnvironmentCreateParams;
  await expect(client.beta.environments.create(params)).rejects.toMatchObject({ status: 400, details: { field } });
});

it('asks who it is before it reads what is sent', async () => {
  const response = await fetch(`${server.url}/v1/agents`, { method: 'POST', body: '{' });
  expect(response.status).toBe(401);
});
