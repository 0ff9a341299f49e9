import { execFile } from 'node:child_process';
import { symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

import Anthropic, { toFile } from '@anthropic-ai/sdk';
import { hang, say, startScriptedModel, useTool } from '@claude-sdk-pattern/scripted-model';
import { createWorkspaceDir, startServer } from '@claude-sdk-pattern/testkit';
import { expect, it } from 'vitest';

import { toList } from './support/to-list.ts';

const ROOT = join(import.meta.dirname, '../../..');
const run = promisify(execFile);

/** What the server answered, by the name of its type in the official SDK under `Anthropic.Beta`. */
type Answers = { type: string; value: unknown }[];

it('answers in every detail as the types of the official SDK say', { timeout: 120_000 }, async () => {
  await using model = await startScriptedModel({
    scenarios: [
      { match: { subagent: true }, reply: [say('Found it.')] },
      {
        match: { userText: 'delegate' },
        reply: [
          useTool('Agent', { description: 'Look', prompt: 'Look.', subagent_type: 'general-purpose' }),
          say('Ok.'),
        ],
      },
      { match: { userText: 'write' }, reply: [useTool('Write', { file_path: 'a.txt', content: 'a' }), say('Ok.')] },
      { match: { userText: 'wait' }, reply: [[say('A word'), hang()]] },
    ],
  });
  await using server = await startServer({ upstreamUrl: model.url });
  const answers = await collectAnswers(new Anthropic({ baseURL: server.url, apiKey: server.apiKey, maxRetries: 0 }));

  expect(findTimes(answers).filter(([, time]) => !isTime(time))).toEqual([]);
  const [first] = answers;
  const wrong = { type: first?.type ?? '', value: { ...(first?.value as object), created_at: 5 } };
  const complaints = await checkTypes({ 'answers.ts': answers, 'wrong.ts': [wrong] });
  expect(complaints).toEqual([expect.stringContaining('wrong.ts')]);
});

async function collectAnswers({ beta }: Anthropic): Promise<Answers> {
  const { agents, environments, files, sessions, deployments, deploymentRuns } = beta;
  const answers: Answers = [];
  const keep = <T>(type: string, value: T): T => {
    answers.push({ type, value });
    return value;
  };
  const writeAsks = {
    type: 'agent_toolset_20260401' as const,
    configs: [{ name: 'write' as const, permission_policy: { type: 'always_ask' as const } }],
  };
  const mcp = {
    mcp_servers: [{ type: 'url' as const, name: 'docs', url: 'https://example.com/mcp' }],
    tools: [
      writeAsks,
      { type: 'mcp_toolset' as const, mcp_server_name: 'docs', configs: [{ name: 'x', enabled: false }] },
    ],
  };
  const model = { id: 'default', effort: 'high' as const };
  const agent = keep('BetaManagedAgentsAgent', await agents.create({ name: 'Typed', model, tools: [writeAsks] }));
  keep('BetaManagedAgentsAgent', await agents.update(agent.id, { version: 1, ...mcp, description: 'With MCP' }));
  keep('BetaManagedAgentsAgent', await agents.archive((await agents.create({ name: 'Old', model: 'default' })).id));
  const environment = keep('BetaEnvironment', await environments.create({ name: 'Typed' }));
  keep('BetaEnvironment', await environments.archive(environment.id));
  keep('BetaEnvironmentDeleteResponse', await environments.delete(environment.id));
  const deployed = await agents.create({ name: 'Deployed', model: 'default' });
  const deployment = keep(
    'BetaManagedAgentsDeployment',
    await deployments.create({
      ...{ agent: deployed.id, environment_id: 'env_default', name: 'Typed' },
      initial_events: [{ type: 'user.message', content: [{ type: 'text', text: 'write' }] }],
      schedule: { type: 'cron', expression: '0 9 * * *', timezone: 'Europe/Berlin' },
      budget: { type: 'limit', max_list_cost: { amount: '0', currency: 'USD' } },
    }),
  );
  // The budget lets no agent begin.
  keep('BetaManagedAgentsDeploymentRun', await deployments.run(deployment.id));
  await agents.archive(deployed.id);
  keep('BetaManagedAgentsDeploymentRun', await deployments.run(deployment.id));
  keep('BetaManagedAgentsDeployment', await deployments.retrieve(deployment.id));
  for (const each of await toList(deploymentRuns.list())) keep('BetaManagedAgentsDeploymentRun', each);
  keep('BetaManagedAgentsDeployment', await deployments.archive(deployment.id));
  const file = keep('BetaFileMetadata', await files.upload({ file: await toFile(Buffer.from('x'), 'x.txt') }));
  keep('BetaDeletedFile', await files.delete(file.id));

  const play = async (sessionId: string, words: string): Promise<void> => {
    const stream = await sessions.events.stream(sessionId, { event_deltas: ['agent.message', 'agent.thinking'] });
    const content = [{ type: 'text' as const, text: words }];
    const sent = await sessions.events.send(sessionId, { events: [{ type: 'user.message', content }] });
    keep('Sessions.BetaManagedAgentsSendSessionEvents', sent);
    for await (const event of stream) {
      keep('Sessions.BetaManagedAgentsStreamSessionEvents', event);
      if (event.type === 'event_delta' && words === 'wait')
        await sessions.events.send(sessionId, { events: [{ type: 'user.interrupt' }] });
      if (event.type !== 'session.status_idle') continue;
      if (event.stop_reason.type !== 'requires_action') break;
      for (const id of event.stop_reason.event_ids)
        await sessions.events.send(sessionId, {
          events: [{ type: 'user.tool_confirmation', tool_use_id: id, result: 'deny', deny_message: 'No' }],
        });
    }
  };
  const asking = await sessions.create({
    agent: { type: 'agent', id: agent.id, version: 1 },
    environment_id: 'env_default',
  });
  await play(asking.id, 'write');
  const { id } = keep(
    'BetaManagedAgentsSession',
    await sessions.create({ agent: 'agent_default', environment_id: 'env_default', metadata: { team: 'red' } }),
  );
  await play(id, 'delegate');
  await play(id, 'wait');
  keep('BetaManagedAgentsSession', await sessions.update(id, { title: 'Typed', agent: { tools: [] } }));
  for (const event of [...(await toList(sessions.events.list(asking.id))), ...(await toList(sessions.events.list(id)))])
    keep('Sessions.BetaManagedAgentsSessionEvent', event);
  for (const thread of await toList(sessions.threads.list(id))) keep('Sessions.BetaManagedAgentsSessionThread', thread);
  keep('BetaManagedAgentsSession', await sessions.archive(id));
  keep('BetaManagedAgentsDeletedSession', await sessions.delete(id));
  return answers;
}

/** What the compiler says about answers as values of their types. More fields than those are no fault. */
async function checkTypes(sources: Record<string, Answers>): Promise<string[]> {
  await using dir = await createWorkspaceDir();
  await symlink(join(ROOT, 'node_modules'), join(dir.path, 'node_modules'));
  for (const [name, answers] of Object.entries(sources)) {
    const calls = answers.map(
      ({ type, value }) => `check<Anthropic.Beta.${type}>(${JSON.stringify(value, leaveOutActor)});`,
    );
    const head = [
      "import type Anthropic from '@anthropic-ai/sdk';",
      'declare function check<T>(answer: T & Record<string, unknown>): void;',
    ];
    await writeFile(join(dir.path, name), [...head, ...calls].join('\n'));
  }
  const compilerOptions = { module: 'nodenext', target: 'esnext', strict: true, noEmit: true, skipLibCheck: true };
  const project = join(dir.path, 'tsconfig.json');
  await writeFile(project, JSON.stringify({ compilerOptions: { ...compilerOptions, types: [] } }));
  await writeFile(join(dir.path, 'package.json'), JSON.stringify({ type: 'module' }));
  const tsc = join(ROOT, 'node_modules/.bin/tsc');
  const { stdout } = await run(process.execPath, [tsc, '-p', project, '--pretty', 'false']).catch(
    (error: { stdout: string }) => error,
  );
  return stdout.split('\n').filter((line) => /^\S.*error TS/.test(line));
}

/** Ours, and inside of an answer, where the compiler would call it one field too many. */
function leaveOutActor(name: string, value: unknown): unknown {
  return name === 'actor' ? undefined : value;
}

/** Every field that holds a time, at any depth. */
function findTimes(value: unknown): [name: string, time: unknown][] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]): [string, unknown][] =>
    name.endsWith('_at') && inner !== null
      ? [inner].flat().map((time): [string, unknown] => [name, time])
      : findTimes(inner),
  );
}

/** RFC 3339, as the server writes it. */
function isTime(time: unknown): boolean {
  return typeof time === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(time);
}
