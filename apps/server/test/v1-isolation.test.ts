import Anthropic, { toFile } from '@anthropic-ai/sdk';
import { startServer, type TestServer } from '@claude-sdk-pattern/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { createUserKey } from './support/create-user-key.ts';

let server: TestServer;
let ada: Anthropic;
let bob: Anthropic;

beforeAll(async () => {
  server = await startServer();
  ada = new Anthropic({ baseURL: server.url, apiKey: server.apiKey, maxRetries: 0 });
  bob = new Anthropic({ baseURL: server.url, apiKey: await createUserKey(server, 'bob'), maxRetries: 0 });
});
afterAll(() => server[Symbol.asyncDispose]());

it('answers with 404 to whoever names what another user owns, in every method of the official SDK', async () => {
  const [agent, environment, file, vault] = await Promise.all([
    ada.beta.agents.create({ name: 'Mine', model: 'default' }),
    ada.beta.environments.create({ name: 'Mine' }),
    ada.beta.files.upload({ file: await toFile(Buffer.from('mine'), 'mine.txt') }),
    ada.beta.vaults.create({ display_name: 'Mine' }),
  ]);
  const bearer = { type: 'static_bearer', mcp_server_url: 'https://mcp.example/mcp', token: 'mine' } as const;
  const credential = await ada.beta.vaults.credentials.create(vault.id, { auth: bearer });
  const ofVault = { vault_id: vault.id };
  const session = await ada.beta.sessions.create({ agent: agent.id, environment_id: environment.id });
  const [thread] = (await ada.beta.sessions.threads.list(session.id)).data;
  const threadId = thread?.id ?? '';
  const { agents, environments, files, sessions, vaults } = bob.beta;
  const ofSession = { session_id: session.id };
  const calls: Record<string, () => PromiseLike<unknown>> = {
    'agents.retrieve': () => agents.retrieve(agent.id),
    'agents.update': () => agents.update(agent.id, { version: 1, name: 'His' }),
    'agents.archive': () => agents.archive(agent.id),
    'agents.versions.list': () => agents.versions.list(agent.id),
    'environments.retrieve': () => environments.retrieve(environment.id),
    'environments.update': () => environments.update(environment.id, { name: 'His' }),
    'environments.archive': () => environments.archive(environment.id),
    'environments.delete': () => environments.delete(environment.id),
    'files.retrieveMetadata': () => files.retrieveMetadata(file.id),
    'files.download': () => files.download(file.id),
    'files.delete': () => files.delete(file.id),
    'sessions.create with the agent': () => sessions.create({ agent: agent.id, environment_id: 'env_default' }),
    'sessions.create with the environment': () =>
      sessions.create({ agent: 'agent_default', environment_id: environment.id }),
    'sessions.create with the vault': () =>
      sessions.create({ agent: 'agent_default', environment_id: 'env_default', vault_ids: [vault.id] }),
    'vaults.retrieve': () => vaults.retrieve(vault.id),
    'vaults.update': () => vaults.update(vault.id, { display_name: 'His' }),
    'vaults.archive': () => vaults.archive(vault.id),
    'vaults.delete': () => vaults.delete(vault.id),
    'vaults.credentials.create': () => vaults.credentials.create(vault.id, { auth: bearer }),
    'vaults.credentials.list': () => vaults.credentials.list(vault.id),
    'vaults.credentials.retrieve': () => vaults.credentials.retrieve(credential.id, ofVault),
    'vaults.credentials.update': () => vaults.credentials.update(credential.id, { ...ofVault, display_name: 'His' }),
    'vaults.credentials.archive': () => vaults.credentials.archive(credential.id, ofVault),
    'vaults.credentials.delete': () => vaults.credentials.delete(credential.id, ofVault),
    'vaults.credentials.mcpOAuthValidate': () => vaults.credentials.mcpOAuthValidate(credential.id, ofVault),
    'sessions.retrieve': () => sessions.retrieve(session.id),
    'sessions.update': () => sessions.update(session.id, { title: 'His' }),
    'sessions.archive': () => sessions.archive(session.id),
    'sessions.delete': () => sessions.delete(session.id),
    'sessions.events.list': () => sessions.events.list(session.id),
    'sessions.events.send': () => sessions.events.send(session.id, { events: [{ type: 'user.interrupt' }] }),
    'sessions.events.stream': () => sessions.events.stream(session.id),
    'sessions.threads.list': () => sessions.threads.list(session.id),
    'sessions.threads.retrieve': () => sessions.threads.retrieve(threadId, ofSession),
    'sessions.threads.events.list': () => sessions.threads.events.list(threadId, ofSession),
    'sessions.threads.events.stream': () => sessions.threads.events.stream(threadId, ofSession),
  };
  const answers: Record<string, unknown> = {};
  for (const [name, call] of Object.entries(calls)) {
    answers[name] = await call().then(
      () => 'answered',
      (error: unknown) => (error instanceof Anthropic.NotFoundError ? 404 : error),
    );
  }
  expect(answers).toEqual(Object.fromEntries(Object.keys(calls).map((name) => [name, 404])));
  expect((await files.list({ ids: [file.id] })).data).toEqual([]);
  expect((await vaults.list()).data).toEqual([]);
  expect((await sessions.list({ agent_id: agent.id })).data).toEqual([]);
  expect(await ada.beta.sessions.retrieve(session.id)).toMatchObject({ title: null, archived_at: null });
});

it('lets everybody use what an administrator shares, and only its owner change it', async () => {
  const shared = await ada.beta.agents.create({
    name: 'Ours',
    model: 'default',
    scope: 'organization',
  } as Anthropic.Beta.AgentCreateParams);
  expect(await bob.beta.agents.retrieve(shared.id)).toEqual(shared);
  const session = await bob.beta.sessions.create({ agent: shared.id, environment_id: 'env_default' });
  expect(session.agent.id).toBe(shared.id);
  const changed = bob.beta.agents.update(shared.id, { version: 1, name: 'His' });
  await expect(changed).rejects.toBeInstanceOf(Anthropic.PermissionDeniedError);
  await expect(bob.beta.agents.archive(shared.id)).rejects.toBeInstanceOf(Anthropic.PermissionDeniedError);
});
