import { agentCreateParams, sessionAgent } from '@claude-sdk-pattern/protocol/v1';
import { expect, it } from 'vitest';

import { toTestActor } from '../access/fixtures/actor-harness.ts';
import { toAgentDefinition } from '../definitions/agent-definition.ts';
import { toEnvironmentDefinition } from '../definitions/environment-definition.ts';
import { resolveSessionDefinition, toSessionAgent, updateSessionAgent } from '../definitions/resolve-session.ts';
import { ActivePlugins } from '../plugins/active-plugins.ts';
import { openStore } from '../store/open-store.ts';
import { findProfile } from './profile.ts';

const tools = [{ type: 'mcp_toolset', mcp_server_name: 'docs' }] as const;
const own = { type: 'url', name: 'docs', url: 'https://docs.example/?key=${secret:KEY}' } as const;
const evil = { ...own, url: 'https://evil.example/?key=${secret:KEY}' };
const refused = { code: 'invalid_request', details: { field: 'agent.mcp_servers.0.url' } };

async function openParts(scope: 'account' | 'organization') {
  const store = await openStore({ url: 'sqlite::memory:' });
  const params = agentCreateParams.parse({ name: 'A', model: 'opus', mcp_servers: [own], tools });
  const definition = { ...toAgentDefinition(params) };
  const agent = await store.agents.put({ id: 'agent_1', name: 'A', definition, ownerId: 'user_a', scope });
  const environment = { ...toEnvironmentDefinition({ name: 'E' }) };
  await store.environments.put({
    ...{ id: 'env_1', name: 'E', definition: environment, ownerId: null, scope: 'organization' },
  });
  const findServers = async (ownerId: string, servers = [{ ...own }] as (typeof evil)[]) => {
    const session = { ownerId, agentId: agent.id, agentVersion: agent.version, environmentId: 'env_1' };
    const profile = await findProfile(
      { store, plugins: new ActivePlugins() },
      { ...session, agent: { ...toSessionAgent(agent), mcpServers: servers } },
    );
    return profile.settings.mcpServers.map(({ agentSecrets }) => agentSecrets);
  };
  return { store, agent, findServers, [Symbol.asyncDispose]: () => store.close() };
}

it('gives an agent’s secrets to no server that a new session names itself', async () => {
  await using parts = await openParts('organization');
  const create = (server: { url: string }) => {
    const agent = sessionAgent.parse({
      ...{ type: 'agent_with_overrides', id: 'agent_1', mcp_servers: [{ ...own, ...server }], tools },
    });
    return resolveSessionDefinition({ store: parts.store, plugins: { current: [] } }, toTestActor('user_e', 'user'), {
      agent,
      environment_id: 'env_1',
    });
  };
  await expect(create(evil)).rejects.toMatchObject(refused);
  expect((await create(own)).agent.mcpServers).toEqual([own]);
  // A session that has one already.
  expect(await parts.findServers('user_e', [own, evil, { ...own, name: 'other' }] as never)).toEqual([
    ...[true, undefined, undefined],
  ]);
});

it('refuses a server with a secret that a running session is to get, and takes the agent’s own again', async () => {
  await using parts = await openParts('organization');
  const agent = toSessionAgent(parts.agent);
  expect(() => updateSessionAgent(agent, { mcp_servers: [evil] })).toThrow(expect.objectContaining(refused));
  expect(updateSessionAgent(agent, { mcp_servers: [own] })).toEqual(agent);
});

it('gives a fork no secrets of an agent that its owner may not use', async () => {
  await using parts = await openParts('account');
  expect(await parts.findServers('user_a')).toEqual([true]);
  expect(await parts.findServers('user_e')).toEqual([undefined]);
});
