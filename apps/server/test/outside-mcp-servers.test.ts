import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

import type { SDKMessage } from '@anthropic-ai/claude-agent-sdk';
import { say, startScriptedModel, useTool, type Conversation } from '@claude-sdk-pattern/scripted-model';
import { createWorkspaceDir, until, waitUntilGone } from '@claude-sdk-pattern/testkit';
import { expect, it } from 'vitest';

import { toAgentEnvironment } from '../src/agent-process/agent-environment.ts';
import { AgentProcess } from '../src/agent-process/agent-process.ts';
import { createMcpAuthorization } from '../src/definitions/mcp-authorization.ts';
import { createMcpRevisions } from '../src/agent-process/mcp/mcp-revisions.ts';
import { NO_SECRETS } from '../src/agent-process/mcp/fixtures/no-secrets.ts';
import { NO_USE } from '../src/agent-process/mcp/mcp-use.ts';
import { toDefaultProfileSettings } from '../src/agent-process/options/default-settings.ts';
import { NO_PLUGIN_FOLDERS } from '../src/plugins/delivery/plugin-folders.ts';
import { createTranscriptStore } from '../src/agent-process/transcript-store.ts';
import { loadConfig } from '../src/config/load-config.ts';
import type { McpServerSpec } from '../src/definitions/mcp-server-spec.ts';
import { selectHost } from '../src/hosts/select-host.ts';
import { openStore } from '../src/store/open-store.ts';
import { createLogger } from '../src/telemetry/logger.ts';
import { makeSessionDirs, toSessionDirs } from '../src/workspaces/session-dirs.ts';

const MODULES = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), '..');
const CHROMIUM = '/usr/bin/chromium';
const hasChromium = existsSync(CHROMIUM);
if (!hasChromium) console.warn(`SKIPPED: @playwright/mcp is not tried, because there is no ${CHROMIUM}`);

const toServer = (name: string, path: string, ...args: string[]): McpServerSpec => ({
  ...{ name, transport: 'stdio', command: process.execPath, args: [join(MODULES, path), ...args] },
  ...{ env: {}, readableDirs: [MODULES] },
});

/** An agent in the sandbox of this machine, if it has one, with these servers; the real CLI asks the scripted model. */
async function runAgent(
  toServers: (workspace: string) => McpServerSpec[],
  toReply: (workspace: string) => NonNullable<Parameters<typeof startScriptedModel>[0]>['scenarios'],
) {
  await using stack = new AsyncDisposableStack();
  const data = stack.use(await createWorkspaceDir());
  const agentSessionId = randomUUID();
  const dirs = toSessionDirs(data.path, agentSessionId);
  await makeSessionDirs(dirs);
  const model = stack.use(await startScriptedModel({ scenarios: toReply(dirs.workspace) ?? [] }));
  const logger = createLogger({ level: 'silent' });
  const deps = { nodeId: `csp-${randomUUID()}`, clock: { uptimeMs: () => performance.now() }, logger };
  const config = loadConfig({ CLAUDE_SDK_PATTERN_DATA_DIR: data.path });
  const { host } = await selectHost(config, { ...deps, modelSocket: undefined });
  stack.defer(() => host.close());
  const store = await openStore({ url: 'sqlite::memory:' });
  stack.defer(() => store.close());
  const messages: SDKMessage[] = [];
  const path = '/usr/bin:/bin';
  const agent = stack.use(
    new AgentProcess({
      profile: {
        ...{ dirs, agentSessionId, resume: false, model: undefined, planMode: false },
        environment: toAgentEnvironment({
          ...{ dirs, gatewayUrl: model.url, token: 't' },
          path,
          modelMaxRetries: 1,
          backgroundTasks: true,
        }),
        settings: { ...toDefaultProfileSettings(), mcpServers: toServers(dirs.workspace) },
      },
      ...{ host, logger },
      transcript: createTranscriptStore(store.transcripts, { agentSessionId }),
      onCommands: () => undefined,
      pluginFolders: NO_PLUGIN_FOLDERS,
      mcp: {
        refusal: undefined,
        path,
        maxRssBytes: 1024 ** 3,
        secrets: NO_SECRETS,
        authorization: createMcpAuthorization([], () => Promise.resolve(true)),
        revisions: createMcpRevisions(() => 0),
        useOf: () => NO_USE,
        showsApps: true,
        toolSearch: { mode: 'auto', aboveTokens: 10_000 },
      },
    }),
  );
  const missing = new Set<string>();
  agent.bind({
    ownerId: 'user_1',
    agentId: 'agent_1',
    vaultIds: [],
    onPrompt: () => undefined,
    callPrompt: (_, { run }) => run(),
    canUseTool: async (_name, input) => ({ behavior: 'allow', updatedInput: input }),
    onHook: async () => ({}),
    takePermit: () => true,
    takeCustomResult: () => Promise.resolve(undefined),
    keepApp: () => Promise.resolve(),
    elicit: () => Promise.resolve({ action: 'cancel' }),
    onNotice({ text }) {
      const [, name = ''] = /^The MCP server (\S+)/.exec(text) ?? [];
      if (text.includes('can be reached now')) missing.delete(name);
      else missing.add(text.includes('has not answered yet') ? name : text);
    },
    onMessage: async (message) => void messages.push(message),
  });
  await agent.start();
  const isThere = () => missing.size === 0 && agent.mcpServers.every(({ status }) => status.state === 'ready');
  await until('every server is there', isThere);
  agent.send({ uuid: randomUUID(), content: [{ type: 'text', text: 'Go' }] });
  await until('the result', () => messages.some(({ type }) => type === 'result'), 60_000);
  const held = stack.move();
  return {
    ...{ agent, host, marker: data.path, workspace: dirs.workspace },
    /** By the name of its tool, each call's result as the model got it last. */
    results: new Map(
      model.requests
        .flatMap(({ conversation }) => conversation?.allToolCalls ?? [])
        .map(({ name, result }) => [name.replace(/^mcp__/, ''), result?.text ?? '']),
    ),
    ids: model.requests.flatMap(({ conversation }) => conversation?.allToolCalls ?? []),
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}

const LINE_COUNT = 10_000;
const LARGE = Array.from({ length: LINE_COUNT }, (_, index) => `line ${index} of it\n`).join('');

it('serves unmodified servers from npm, and lets the agent read a long result in parts', async () => {
  const thought = { thought: 'One', nextThoughtNeeded: false, thoughtNumber: 1, totalThoughts: 1 };
  const findFile = ({ toolCalls }: Conversation) =>
    /saved to (\S+\.txt)/.exec(
      toolCalls.find(({ name }) => name === 'mcp__files__read_text_file')?.result?.text ?? '',
    )?.[1];
  await using agent = await runAgent(
    (workspace) => [
      toServer('everything', '@modelcontextprotocol/server-everything/dist/index.js'),
      toServer('files', '@modelcontextprotocol/server-filesystem/dist/index.js', workspace),
      {
        ...toServer('memory', '@modelcontextprotocol/server-memory/dist/index.js'),
        env: { MEMORY_FILE_PATH: `${workspace}/m.json` },
      } as McpServerSpec,
      toServer('thinking', '@modelcontextprotocol/server-sequential-thinking/dist/index.js'),
    ],
    (workspace) => [
      {
        reply: [
          [
            useTool('mcp__everything__echo', { message: 'hello' }),
            useTool('mcp__everything__get-structured-content', { location: 'New York' }),
            useTool('mcp__everything__simulate-research-query', { topic: 'tasks' }),
            useTool('mcp__memory__create_entities', {
              entities: [{ name: 'Ada', entityType: 'person', observations: ['counts'] }],
            }),
            useTool('mcp__thinking__sequentialthinking', thought),
            useTool('mcp__files__write_file', { path: `${workspace}/large.txt`, content: LARGE }),
          ],
          useTool('mcp__files__read_text_file', { path: `${workspace}/large.txt` }),
          (conversation) => useTool('Read', { file_path: findFile(conversation), offset: LINE_COUNT - 4, limit: 5 }),
          say('Done.'),
        ],
      },
    ],
  );
  const { results } = agent;
  expect(results.get('everything__echo')).toBe('Echo: hello');
  expect(JSON.parse(results.get('everything__get-structured-content') ?? '')).toMatchObject({ conditions: 'Cloudy' });
  // A tool that runs as a task only.
  expect(results.get('everything__simulate-research-query')).toContain('tasks/result');
  expect(results.get('memory__create_entities')).toContain('Ada');
  expect(results.get('thinking__sequentialthinking')).toContain('thoughtHistoryLength');
  expect(results.get('files__read_text_file')).toContain('Format: Plain text');
  expect(results.get('Read')).toContain(`line ${LINE_COUNT - 1} of it`);
  const whole = agent.ids
    .filter(({ name }) => name === 'mcp__files__read_text_file')
    .map(({ id }) => agent.agent.takeKeptResult(id)?.content)
    .find((content) => content !== undefined);
  expect(whole).toEqual([{ type: 'text', text: LARGE }]);
  const { trees } = await agent.host.sample({ owned: new Set([agent.agent.processId ?? '']) });
  expect(trees).toHaveLength(1);
  expect(trees[0]?.processes.length).toBeGreaterThan(4);
  await agent.agent.close();
  await waitUntilGone(agent.marker);
});

it.skipIf(!hasChromium)('serves @playwright/mcp, with a browser in the sandbox', async () => {
  const options = ['--headless', '--isolated', '--no-sandbox', '--executable-path', CHROMIUM];
  await using agent = await runAgent(
    () => [toServer('browser', '@playwright/mcp/cli.js', ...options)],
    () => [
      {
        reply: [
          useTool('mcp__browser__browser_navigate', { url: 'data:text/html,<title>A page</title><h1>Hello</h1>' }),
          say('Done.'),
        ],
      },
    ],
  );
  expect(agent.results.get('browser__browser_navigate')).toContain('Page Title: A page');
  await agent.agent.close();
  await waitUntilGone(agent.marker);
});
