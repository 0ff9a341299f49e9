import { randomUUID } from 'node:crypto';

import { agentCreateParams, type AgentCreateParams } from '@claude-sdk-pattern/protocol/v1';
import { expect, it } from 'vitest';

import { toTestActor } from '../access/fixtures/actor-harness.ts';
import type { Fact } from '../audit/fact.ts';
import { openStore } from '../store/open-store.ts';
import { createDefaultDefinitions } from './defaults.ts';
import { createDefinitionService } from './definition-service.ts';
import { resolveSessionDefinition } from './resolve-session.ts';

const ada = toTestActor('user_ada');
const bob = toTestActor('user_bob');
const olga = toTestActor('user_olga', 'operator');
const root = toTestActor('user_root', 'admin');

async function open() {
  const store = await openStore({ url: 'sqlite::memory:' });
  await createDefaultDefinitions(store);
  const facts: Fact[] = [];
  const audit = { record: async (fact: Fact) => void facts.push(fact) };
  const plugins = { current: [] };
  return {
    store,
    facts,
    plugins,
    ...createDefinitionService({ store, plugins, audit }),
    [Symbol.asyncDispose]: () => store.close(),
  };
}

const helper = (given: Partial<AgentCreateParams> = {}) =>
  agentCreateParams.parse({ name: 'Helper', model: 'opus', ...given });

it('keeps a version for each change of an agent, and none when nothing changes', async () => {
  await using service = await open();
  const first = await service.agents.create(ada, helper({ system: 'Be kind.', metadata: { team: 'red' } }));
  const second = await service.agents.update(ada, first.id, {
    version: 1,
    system: null,
    metadata: { team: null, tier: 'gold' },
  });
  expect(second).toMatchObject({ version: 2, name: 'Helper', system: null, metadata: { tier: 'gold' } });
  expect(await service.agents.update(ada, first.id, { name: 'Helper' })).toEqual(second);
  expect(await service.agents.get(ada, first.id, 1)).toEqual(first);
  const page = await service.agents.listVersions(ada, first.id, { limit: 1 });
  expect(page).toEqual({ data: [second], next_page: '2' });
  expect(await service.agents.listVersions(ada, first.id, { limit: 1, cursor: 2 })).toEqual({
    data: [first],
    next_page: null,
  });
});

it('refuses a change that was made from another version', async () => {
  await using service = await open();
  const { id } = await service.agents.create(ada, helper());
  await service.agents.update(ada, id, { name: 'Other' });
  await expect(service.agents.update(ada, id, { version: 1, name: 'Third' })).rejects.toMatchObject({ status: 409 });
});

it('lets only the owner see an agent, unless it is for everybody', async () => {
  await using service = await open();
  const { id } = await service.agents.create(olga, helper());
  await expect(service.agents.get(bob, id)).rejects.toMatchObject({ code: 'not_found' });
  await service.agents.update(olga, id, { scope: 'organization' });
  expect((await service.agents.get(bob, id)).name).toBe('Helper');
  await expect(service.agents.update(bob, id, { name: 'Mine' })).rejects.toMatchObject({ code: 'permission_denied' });
  expect((await service.agents.update(root, id, { name: 'Ours' })).name).toBe('Ours');
});

it.each(['agents', 'environments'] as const)('lets only operators and administrators publish %s', async (kind) => {
  await using service = await open();
  // The two have methods of one shape.
  const definitions = service[kind] as typeof service.agents;
  const params = kind === 'agents' ? helper() : ({ name: 'Quiet' } as never);
  const refused = { code: 'permission_denied', details: { field: 'scope' } };
  await expect(definitions.create(ada, { ...params, scope: 'organization' })).rejects.toMatchObject(refused);
  const own = await definitions.create(ada, params);
  await expect(definitions.update(ada, own.id, { scope: 'organization' })).rejects.toMatchObject(refused);
  expect(await definitions.get(ada, own.id)).toEqual(own);

  for (const actor of [olga, root]) {
    const { id } = await definitions.create(actor, { ...params, scope: 'organization' });
    expect((await definitions.update(actor, id, { name: 'Ours' })).name).toBe('Ours');
    // Who is no operator any more changes nothing for everybody, but may take back what is theirs.
    const demoted = toTestActor(actor.userId);
    await expect(definitions.update(demoted, id, { name: 'Mine' })).rejects.toMatchObject(refused);
    expect(await definitions.update(demoted, id, { scope: 'account' })).toMatchObject({ name: 'Ours' });
    await expect(definitions.get(bob, id)).rejects.toMatchObject({ code: 'not_found' });
  }
});

it('lets only administrators change the default agent, and nobody archive it', async () => {
  await using service = await open();
  await expect(service.agents.update(ada, 'agent_default', { system: 'x' })).rejects.toMatchObject({ status: 403 });
  expect(await service.agents.update(root, 'agent_default', { system: 'x' })).toMatchObject({ version: 2 });
  await expect(service.agents.archive(root, 'agent_default')).rejects.toMatchObject({ status: 409 });
  await expect(service.environments.delete(root, 'env_default')).rejects.toMatchObject({ status: 409 });
});

it('refuses MCP servers and toolsets that do not name each other', async () => {
  await using service = await open();
  const server = { type: 'url', name: 'docs', url: 'https://mcp.example/' } as const;
  await expect(service.agents.create(ada, helper({ mcp_servers: [server] }))).rejects.toMatchObject({
    details: { field: 'mcp_servers.0' },
  });
  const tools = [{ type: 'mcp_toolset', mcp_server_name: 'other' } as const];
  await expect(service.agents.create(ada, helper({ tools }))).rejects.toMatchObject({
    details: { field: 'tools.0.mcp_server_name' },
  });
});

it('keeps an environment while a session uses it', async () => {
  await using service = await open();
  const { id } = await service.environments.create(ada, {
    name: 'Quiet',
    config: { type: 'cloud', networking: { type: 'limited' } },
  });
  expect((await service.environments.get(ada, id)).config).toMatchObject({ networking: { type: 'limited' } });
  const session = {
    id: 'sesn_1',
    ownerId: ada.userId,
    agentId: 'agent_default',
    agentVersion: 1,
    environmentId: id,
    permissionMode: 'default',
    agentSessionId: randomUUID(),
  } as const;
  await service.store.sessions.create(session);
  await expect(service.environments.delete(ada, id)).rejects.toMatchObject({ status: 409 });
  await service.store.sessions.delete('sesn_1');
  await service.environments.delete(ada, id);
  await expect(service.environments.get(ada, id)).rejects.toMatchObject({ status: 404 });
});

it('resolves what a session asks for, with its overrides', async () => {
  await using service = await open();
  const { id } = await service.agents.create(
    ada,
    helper({ system: 'Be kind.', tools: [{ type: 'agent_toolset_20260401' }] }),
  );
  expect(await resolveSessionDefinition(service, ada, {})).toMatchObject({
    agent: { id: 'agent_default', version: 1, interactiveTools: true },
    environmentId: 'env_default',
  });
  const overrides = { type: 'agent_with_overrides', id, system: null, model: 'haiku', tools: [] } as const;
  expect((await resolveSessionDefinition(service, ada, { agent: { ...overrides, tools: [] } })).agent).toMatchObject({
    id,
    system: null,
    model: { id: 'haiku' },
    tools: [],
  });
  await expect(resolveSessionDefinition(service, bob, { agent: id })).rejects.toMatchObject({ status: 404 });
  await service.agents.archive(ada, id);
  await expect(resolveSessionDefinition(service, ada, { agent: id })).rejects.toMatchObject({
    status: 400,
    details: { field: 'agent' },
  });
});

it('records each change that was made', async () => {
  await using service = await open();
  const { id } = await service.agents.create(ada, helper());
  await service.agents.update(ada, id, { version: 1, system: 'Be brief.' });
  await service.agents.update(ada, id, { version: 2, system: 'Be brief.' });
  await expect(service.agents.update(bob, id, { system: 'Be rude.' })).rejects.toMatchObject({ status: 404 });
  await expect(service.agents.update(ada, id, { version: 1, system: 'Late.' })).rejects.toMatchObject({ status: 409 });
  await service.agents.archive(ada, id);
  expect(service.facts).toEqual(
    [
      ['agent.create', 1],
      ['agent.update', 2],
      ['agent.archive', 2],
    ].map(([action, version]) => ({
      ...{ actor: { type: 'user', id: 'user_ada' }, action, target: { type: 'agent', id } },
      details: { version, name: 'Helper', scope: 'account' },
    })),
  );
});

it('gives an agent skills of its owner, who may let others use it, and no skill of anybody else', async () => {
  await using service = await open();
  const { skills } = service.store;
  const custom = (id: string) => ({ type: 'custom' as const, skill_id: id });
  for (const [id, ownerId, name] of [
    ['skill_1', olga.userId, 'forms'],
    ['skill_2', olga.userId, 'forms'],
    ['skill_3', bob.userId, 'notes'],
  ] as const) {
    await skills.create({ id, ownerId, name, displayName: name });
    await skills.addVersion({ id: `skver_${id}`, skillId: id, description: 'd', digest: 'd', sizeBytes: 1 });
  }
  const { agents } = service;
  const made = await agents.create(olga, helper({ scope: 'organization', skills: [custom('skill_1')] }));
  expect(made.skills).toEqual([{ ...custom('skill_1'), version: 'latest' }]);
  const twice = agents.update(olga, made.id, { skills: [custom('skill_1'), custom('skill_2')] });
  await expect(twice).rejects.toMatchObject({ details: { field: 'skills.1.skill_id' } });
  await expect(agents.update(olga, made.id, { skills: [custom('skill_3')] })).rejects.toMatchObject({ status: 404 });
  // What an agent has may stay, whoever changes the agent.
  const kept = await agents.update(root, made.id, { skills: [{ ...custom('skill_1'), version: 'skver_skill_1' }] });
  expect(kept.skills).toMatchObject([{ version: 'skver_skill_1' }]);
  await expect(agents.create(root, helper({ skills: [custom('skill_1')] }))).rejects.toMatchObject({ status: 404 });

  const used = await resolveSessionDefinition(service, bob, { agent: made.id });
  expect(used.agent.skills).toEqual(kept.skills);
  const overridden = (id: string) =>
    resolveSessionDefinition(service, bob, {
      agent: { type: 'agent_with_overrides', id: made.id, skills: [custom('skill_1'), custom(id)] },
    });
  expect((await overridden('skill_3')).agent.skills).toHaveLength(2);
  await expect(overridden('skill_2')).rejects.toMatchObject({ status: 404 });
  expect((await agents.update(olga, made.id, { skills: null })).skills).toEqual([]);
});
