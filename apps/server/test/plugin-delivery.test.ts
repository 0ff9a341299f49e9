import Anthropic, { toFile } from '@anthropic-ai/sdk';
import type { PluginResource, SessionOptions, UsageResource } from '@claude-sdk-pattern/protocol';
import { say, useTool, type Scenario } from '@claude-sdk-pattern/scripted-model';
import { until } from '@claude-sdk-pattern/testkit';
import { describe, expect, it } from 'vitest';

import { packTar } from '../src/plugins/fixtures/pack.ts';
import { openChat, textsOf } from './support/chat.ts';
import { useStage } from './support/use-stage.ts';

// The real CLI, and one plugin that brings everything.
const calls = (name: string, tool: string, input: Record<string, unknown>): Scenario => ({
  match: { userText: name },
  reply: [useTool(tool, input), say(`Done with ${name}.`)],
});
const scenarios: Scenario[] = [
  { match: { subagent: true }, reply: [say('The helper helped.')] },
  { match: { userText: 'RUN-HELLO to Ada' }, reply: [say('Hello was run.')] },
  // What the agent got of the skill.
  { match: { userText: 'SAY-HELLO' }, reply: [say('Greeted.')] },
  { match: { userText: 'BARE-TEXT' }, reply: [say('Bare.')] },
  calls('the-paper', 'Skill', { skill: 'agent:greet' }),
  { match: { userText: 'list them' }, reply: [say('Listed.')] },
  calls('the-skill', 'Skill', { skill: 'alpha-plug:greet' }),
  { match: { userText: 'SHELL-SAYS' }, reply: [useTool('Bash', { command: 'touch of-later' }), say('Shelled.')] },
  calls('the-shell', 'Skill', { skill: 'alpha-plug:shell' }),
  calls('the-agent', 'Agent', { description: 'Help', prompt: 'Help', subagent_type: 'alpha-plug:helper' }),
  calls('the-files', 'Bash', { command: 'ls' }),
  calls('the-command', 'Bash', { command: 'echo of-command' }),
  {
    match: { userText: 'the-changes' },
    reply: [
      [useTool('Bash', { command: 'ls to-allowed' }), useTool('Bash', { command: 'ls to-asked' })],
      say('Done with the-changes.'),
    ],
  },
  {
    match: { userText: 'hooks-add' },
    reply: [useTool('Bash', { command: 'echo of-result' }), say('Done with hooks-add.'), say('Went on.')],
  },
  calls('hooks-deny', 'Bash', { command: 'echo denied' }),
  calls('hooks-ask', 'Bash', { command: 'echo asked' }),
  calls('hooks-allow', 'Bash', { command: 'touch allowed' }),
];
const { server, model } = await useStage(scenarios, { CLAUDE_SDK_PATTERN_PREWARM_POOL_SIZE: '0' });

const ASKS = {
  hookSpecificOutput: {
    ...{ hookEventName: 'PreToolUse', permissionDecision: 'ask', permissionDecisionReason: 'COMMAND-ASKS' },
  },
};
const CHANGES = (to: string) =>
  JSON.stringify({ hookSpecificOutput: { hookEventName: 'PreToolUse', updatedInput: { command: to } } });
/** Commands of one plugin are asked at the same time; here one answers for all. */
const CHECK = `case "$(cat)" in
  *'echo of-command'*) echo '${JSON.stringify(ASKS)}';;
  *to-allowed*) echo '${CHANGES('echo of-change')}';;
  *to-asked*) echo '${CHANGES('touch of-rewritten')}';;
esac`;
const command = (text: string) => [{ hooks: [{ type: 'command', command: text }] }];
const files = {
  '.claude-plugin/plugin.json': JSON.stringify({
    ...{ name: 'Alpha.Plug', version: '1.0.0', description: 'Brings all' },
    userConfig: {
      who: { type: 'string', title: 'Who', description: 'Whom to greet', default: 'Grace' },
      key: { type: 'string', title: 'Key', description: 'A key', default: 'keep-it', sensitive: true },
    },
  }),
  'skills/greet/SKILL.md': `---
name: greet
description: Greets -- people
hooks:
  PreToolUse:
    - hooks:
        - type: command
          command: touch of-frontmatter
---
SAY-HELLO to \${user_config.who} \${user_config.key} from \${CLAUDE_PLUGIN_ROOT}`,
  // Without a description the agent is not told of it; people can call it.
  'skills/bare/SKILL.md': 'BARE-TEXT',
  'skills/shell/SKILL.md':
    '---\ndescription: Runs commands\nallowed-tools: Bash\n---\nSHELL-SAYS !`echo read-it` and !`touch of-shell`',
  'commands/hello.md': '---\ndescription: Says hello\n---\nRUN-HELLO to $ARGUMENTS',
  'agents/helper.md': '---\nname: helper\ndescription: Helps\n---\nYou are HELPER.',
  'hooks/hooks.json': JSON.stringify({
    hooks: {
      // The entry has another one in its place.
      UserPromptSubmit: command('touch of-replaced'),
      Stop: command('touch of-ungranted'),
      PreToolUse: command(CHECK),
      // A call would be made while people are still asked about it.
      PermissionRequest: command('touch of-people'),
    },
  }),
};

/** What its marketplace adds: a command, beside those of the folder, and a hook. */
const entry = {
  ...{ name: 'Alpha.Plug', source: './alpha', commands: { more: { source: './more/text.md' } } },
  hooks: { UserPromptSubmit: command('touch of-granted; echo It broke >&2; exit 1') },
};
const marketplace = {
  '.claude-plugin/marketplace.json': JSON.stringify({ name: 'all', plugins: [entry] }),
  'alpha/more/text.md': '---\ndescription: Says more\n---\nMORE',
  ...Object.fromEntries(Object.entries(files).map(([path, content]) => [`alpha/${path}`, content])),
};

async function request(method: string, path: string, body?: FormData | object): Promise<Response> {
  const isForm = body instanceof FormData;
  const headers = body === undefined || isForm ? {} : { 'content-type': 'application/json' };
  const response = await server.fetch(path, {
    ...{ method, headers },
    ...(body !== undefined && { body: isForm ? body : JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(await response.text());
  return response;
}

async function install(entries: Record<string, string>, grants: object): Promise<void> {
  const form = new FormData();
  const archive = packTar(Object.entries(entries).map(([path, content]) => ({ path, content })));
  form.set('file', new Blob([new Uint8Array(archive)]), 'plugin.tgz');
  const { name } = (await (await request('POST', '/api/v1/plugins', form)).json()) as { name: string };
  await request('POST', `/api/v1/plugins/${name}/activate`, { grants });
}

const read = async (name: string) => (await (await request('GET', `/api/v1/plugins/${name}`)).json()) as PluginResource;
const saw = (text: string) => model.requests.some(({ body }) => JSON.stringify(body).includes(text));

describe('a plugin with skills, commands, subagents and hooks', () => {
  it('reaches the agent under its own name, with the hooks that were granted and no others', async () => {
    await install(marketplace, { hooks: ['PreToolUse', 'UserPromptSubmit'] });
    const { parts, problems } = await read('alpha-plug');
    expect(parts).not.toContainEqual({ kind: 'hook', name: 'PermissionRequest' });
    expect(problems).toContainEqual(expect.objectContaining({ field: 'hooks.PermissionRequest' }));
    await using chat = await openChat(server);
    let turns = 0;
    for (const text of [
      '/alpha-plug:hello Ada',
      '/alpha-plug:bare',
      'the-skill',
      'the-shell',
      'the-agent',
      'the-files',
      'the-command',
      'the-changes',
    ]) {
      await chat.say(text);
      // What a skill says of the tools that it may use allows no later call.
      if (text === 'the-shell') {
        const { event_id } = await chat.waitForEvent('session.approval_requested');
        await chat.send({ type: 'user.tool_confirmation', tool_use_id: event_id, result: 'deny' });
      }
      // The policy allows it, and a command that is a hook asks.
      if (text === 'the-command') {
        const isAsked = ({ reason }: { reason: string | null }) => reason?.includes('COMMAND-ASKS') === true;
        const { event_id } = await chat.waitForEvent('session.approval_requested', isAsked);
        await chat.send({ type: 'user.tool_confirmation', tool_use_id: event_id, result: 'allow' });
      }
      await chat.waitForTurns(++turns);
    }
    // What its subagent has cost is told apart, at the upstream that answered and with the key that paid.
    const usage = await (await request('GET', '/api/v1/usage?group_by=plugin&upstream=default&payer=server')).json();
    expect((usage as UsageResource).data.map(({ group, requests }) => [group, requests > 0])).toContainEqual([
      'alpha-plug',
      true,
    ]);
    expect(chat.eventsOf('session.approval_requested').at(-1)).toMatchObject({
      ...{ reason: 'Asked for by the plugin alpha-plug: COMMAND-ASKS', rule: null },
      asked_by: { layer: 'hook', plugin: 'alpha-plug' },
    });
    expect(textsOf(chat)).toEqual(
      expect.arrayContaining(['Hello was run.', 'Greeted.', 'Done with the-agent.', 'Done with the-files.']),
    );
    const called = chat.eventsOf('agent.tool_use').map(({ name, plugin }) => [name, plugin]);
    const plugin = { name: 'alpha-plug', display_name: 'Alpha.Plug' };
    expect(called).toEqual(
      expect.arrayContaining([
        ['Skill', plugin],
        ['Agent', plugin],
        ['Bash', undefined],
      ]),
    );
    expect(saw('You are HELPER.')).toBe(true);
    expect(saw('alpha-plug:greet: Greets -- people')).toBe(true);
    expect(saw('- alpha-plug:more: Says more')).toBe(true);
    expect(saw('- alpha-plug:bare')).toBe(false);
    expect(saw('SAY-HELLO to Grace ${user_config.key} from /')).toBe(true);
    const resource = (await (await request('GET', '/api/v1/plugins/alpha-plug')).json()) as PluginResource;
    expect(resource.parts).toContainEqual({ kind: 'skill', name: 'bare' });
    expect(resource.problems).toContainEqual(
      expect.objectContaining({ file: 'skills/bare/SKILL.md', field: 'description' }),
    );
    const listed = chat
      .eventsOf('agent.tool_result')
      .map(({ content }) => JSON.stringify(content))
      .join();
    expect(listed).toContain('of-granted');
    expect(listed).not.toMatch(/of-ungranted|of-replaced|of-frontmatter|of-shell|of-later/);
    const notices = chat.eventsOf('session.notice').map(({ text }) => text);
    expect(notices).toContain(
      "A plugin's hook for UserPromptSubmit failed with exit code 1 and checked nothing: It broke",
    );
    // Shell lines of a skill pass the policy as calls of Bash do: one that only reads runs, one to ask about does not.
    expect(notices).toContain('The text of /alpha-plug:shell ran a command: echo read-it');
    expect(notices).toContainEqual(expect.stringMatching(/^Not run in \/alpha-plug:shell: touch of-shell/));
    const { data } = (await (await request('GET', '/api/v1/audit?action=tool.decide')).json()) as {
      data: { outcome: string; details: { skill?: string; call?: string; hook?: string; changed_by?: string[] } }[];
    };
    // A command that changes a call: what runs is decided, and nobody is asked about another call than the one they see.
    expect(listed).toContain('of-change');
    expect(listed).toContain('A hook of the plugin alpha-plug changed this call to: touch of-rewritten');
    expect(listed).not.toContain('to-allowed');
    expect(notices).toContain('A hook of the plugin alpha-plug changed this call to: echo of-change');
    const ofHook = data.filter(({ details }) => details.changed_by !== undefined || details.hook === 'alpha-plug');
    expect(ofHook.map(({ outcome, details }) => `${outcome} ${details.call}`).toSorted()).toEqual([
      'allow echo of-change',
      'deny undefined',
    ]);
    const decided = data.filter(({ details }) => details.skill !== undefined);
    expect(decided.map(({ outcome, details }) => `${outcome} ${details.call}`).toSorted()).toEqual([
      'allow echo read-it',
      'deny touch of-shell',
    ]);

    // A session that runs keeps what it started with, until it is reloaded.
    await install({ 'commands/hello.md': 'OTHER-HELLO', '.claude-plugin/plugin.json': '{"name":"beta"}' }, {});
    const path = `/api/v1/sessions/${chat.sessionId}`;
    const explain = async () => (await (await request('GET', `${path}/options`)).json()) as SessionOptions;
    const before = await explain();
    expect(before.running).toMatchObject({ is_current: false, plugins: [{ name: 'alpha-plug', version: '1.0.0' }] });
    expect(before.conflicts).toEqual([
      {
        ...{ kind: 'command', name: 'hello', first: 'alpha-plug', second: 'beta' },
        resolution: 'Called as beta:hello',
      },
    ]);
    expect(before.options.find(({ name }) => name === 'plugins')).toMatchObject({
      ...{ is_set: true, from: 'plugin', names: ['alpha-plug', 'beta'] },
    });
    const reloaded = await request('POST', `${path}/reload`);
    expect(await reloaded.json()).toMatchObject({ when: 'now', plugins: [{ name: 'alpha-plug' }, { name: 'beta' }] });
    await chat.say('/beta:hello');
    await chat.waitForTurns(++turns);
    expect(saw('OTHER-HELLO')).toBe(true);
    expect((await explain()).running).toMatchObject({ is_current: true });

    // What an operator stops is gone from the process that has it, at once and without a reload, until it is lifted.
    const target = { scope: 'plugin', target_id: 'alpha-plug' };
    const impact = await request('GET', `/api/v1/stops/impact?${new URLSearchParams(target).toString()}`);
    expect(await impact.json()).toMatchObject({ processes: 1 });
    const stopped = await request('POST', '/api/v1/stops', { ...target, reason: 'It loops' });
    const { id } = (await stopped.json()) as { id: string };
    const names = async () => (await explain()).running?.plugins.map(({ name }) => name);
    await until('another process has taken its place', async () => (await names())?.join() === 'beta');
    await chat.say('list them');
    await chat.waitForTurns(++turns);
    expect((await explain()).running).toMatchObject({ is_current: true, plugins: [{ name: 'beta' }] });
    expect((await request('DELETE', `/api/v1/stops/${id}`)).status).toBe(204);
    expect((await explain()).running).toMatchObject({ is_current: false });
  });

  it('has hooks in TypeScript that deny, ask and add what the agent reads, and that can allow nothing', async () => {
    const csp = {
      hooks: {
        module: './hooks.ts',
        events: ['PreToolUse', 'PostToolUse', 'UserPromptSubmit', 'SessionStart', 'Stop'],
      },
    };
    await install(
      { '.claude-plugin/plugin.json': JSON.stringify({ name: 'guard', csp }), 'hooks.ts': HOOKS },
      { hooks: csp.hooks.events.filter((event) => event !== 'PostToolUse') },
    );
    await using chat = await openChat(server);
    let turns = 0;
    const asked = new Set<string>();
    const tell = async (text: string) => {
      await chat.say(text);
      await chat.waitForTurns(++turns);
    };
    const tellAndRefuse = async (text: string) => {
      await chat.say(text);
      const isNext = ({ event_id: id }: { event_id: string }) => !asked.has(id);
      const { event_id } = await chat.waitForEvent('session.approval_requested', isNext);
      asked.add(event_id);
      await chat.send({ type: 'user.tool_confirmation', tool_use_id: event_id, result: 'deny' });
      await chat.waitForTurns(++turns);
    };
    await tell('hooks-add');
    for (const text of ['CONTEXT-OF-START', 'CONTEXT-OF-PROMPT hooks-add', 'CONTEXT-OF-CALL'])
      expect(saw(text), text).toBe(true);
    // It was not granted.
    expect(saw('CONTEXT-OF-RESULT')).toBe(false);
    expect(textsOf(chat)).toEqual(['Done with hooks-add.', 'Went on.']);
    expect(saw('GO-ON')).toBe(true);
    await tell('hooks-deny');
    expect(chat.eventsOf('agent.tool_result').at(-1)).toMatchObject({
      ...{ content: [{ text: 'HOOK-DENIES' }], denied_by: { layer: 'hook', plugin: 'guard' } },
    });
    await tellAndRefuse('hooks-ask');
    expect(chat.eventsOf('session.approval_requested').at(-1)).toMatchObject({
      ...{ reason: expect.stringContaining('Asked for by the plugin guard: HOOK-ASKS') as string },
      ...{ session_rule: null, rule: null, asked_by: { plugin: 'guard' } },
    });
    await tellAndRefuse('hooks-allow');
    const before = model.requests.length;
    await tell('hooks-forbid');
    expect(model.requests).toHaveLength(before);
    const notices = chat.eventsOf('session.notice').map(({ text }) => text);
    expect(notices).toContainEqual(expect.stringContaining('The plugin guard stopped this message: Not in this house'));
    expect(notices).toContainEqual(
      expect.stringMatching(
        /^The hook PreToolUse of the plugin guard failed: A hook of PreToolUse answers with one text.*skipped/,
      ),
    );
    const { health } = (await (await request('GET', '/api/v1/plugins/guard')).json()) as PluginResource;
    const { parts } = health;
    expect(parts).toMatchObject([
      {
        kind: 'hooks',
        state: 'ready',
        errors: 1,
        last_problem: { text: 'A call of its hooks was answered with an error' },
      },
    ]);
  });
});

describe('skills of an agent', () => {
  it('reach its sessions by the official SDK, in the version of the moment at which a process starts', async () => {
    const client = new Anthropic({ baseURL: server.url, apiKey: server.apiKey, maxRetries: 0 });
    const { agents, skills } = client.beta;
    const upload = async (text: string) => [
      await toFile(
        Buffer.from(`---\nname: greet\ndescription: Greets on paper\nallowed-tools: Bash\n---\n${text}`),
        'greet/SKILL.md',
      ),
    ];
    const skill = await skills.create({ files: await upload('PAPER-ONE !`touch of-paper`') });
    const wanted = [
      { type: 'custom' as const, skill_id: skill.id },
      { type: 'anthropic' as const, skill_id: 'greet' },
    ];
    const tools = [
      {
        type: 'agent_toolset_20260401' as const,
        default_config: { permission_policy: { type: 'always_ask' as const } },
      },
    ];
    const agent = await agents.create({ name: 'Writer', model: 'opus', tools, skills: wanted });
    expect(agent.skills).toEqual(wanted.map((each) => ({ ...each, version: 'latest' })));
    expect(await agents.update(agent.id, { system: 'Be brief.' })).toMatchObject({ skills: agent.skills });
    for (const [field, refused] of [
      ['skills.0.skill_id', { type: 'anthropic' as const, skill_id: 'xlsx' }],
      ['skills.0.version', { type: 'custom' as const, skill_id: skill.id, version: 'skver_none' }],
    ] as const)
      await expect(agents.update(agent.id, { skills: [refused] })).rejects.toMatchObject({ details: { field } });

    await using chat = await openChat(server, { session: { agent: agent.id } });
    const path = `/api/v1/sessions/${chat.sessionId}`;
    const explain = async () => (await (await request('GET', `${path}/options`)).json()) as SessionOptions;
    await chat.say('the-paper');
    await chat.waitForTurns(1);
    expect(saw('- agent:greet: Greets on paper')).toBe(true);
    expect(saw('PAPER-ONE')).toBe(true);
    const notices = () => chat.eventsOf('session.notice').map(({ text }) => text);
    expect(notices()).toContainEqual(expect.stringMatching(/^Not run in \/agent:greet: touch of-paper/));
    expect((await explain()).conflicts).toContainEqual({
      ...{ kind: 'skill', name: 'greet', first: 'agent', second: 'alpha-plug' },
      resolution: 'Called as alpha-plug:greet',
    });

    await skills.versions.create(skill.id, { files: await upload('PAPER-TWO') });
    expect((await explain()).running).toMatchObject({ is_current: false });
    await chat.say('the-paper again');
    await chat.waitForTurns(2);
    expect(saw('PAPER-TWO')).toBe(false);
    await request('POST', `${path}/reload`);
    await chat.say('the-paper at last');
    await chat.waitForTurns(3);
    expect(saw('PAPER-TWO')).toBe(true);

    await skills.delete(skill.id);
    await request('POST', `${path}/reload`);
    await chat.say('list them');
    await chat.waitForTurns(4);
    expect(notices()).toContainEqual(expect.stringContaining(`The agent's skill ${skill.id} is missing here`));
  });
});

// What the CLI (2.1.332) does with too many of them; the figures are in `listed-skills.ts`.
describe('the list of skills that the model gets', () => {
  it.each([
    ['claude-haiku-4-5', 8000],
    ['opus', 30_000],
  ])('leaves descriptions out with %s, which the session says and explains', async (model_, budget) => {
    const names = Array.from({ length: 60 }, (_, at) => `s${(at * 7) % 60}`);
    const entries = names.map((name, at): [string, string] => [
      `skills/${name}/SKILL.md`,
      `---\n${at % 5 === 0 ? `name: other-${name}\n` : ''}description: ${'d'.repeat(budget / 60 + at)}.\n---\nText`,
    ]);
    const extra = { 'commands/run.md': '---\ndescription: Runs\n---\nRun', 'commands/bare.md': 'No description' };
    const name = `many-${model_}`;
    await install(
      { '.claude-plugin/plugin.json': JSON.stringify({ name }), ...Object.fromEntries(entries), ...extra },
      {},
    );
    await using chat = await openChat(server, { session: { model: model_ } });
    await chat.say(`list them with ${model_}`);
    await chat.waitForTurns(1);
    const sent = model.requests.findLast(({ conversation }) =>
      conversation?.userText.includes(`list them with ${model_}`),
    );
    const lines = JSON.stringify(sent?.body).split('are available for use with the Skill tool:')[1]?.split('\\n') ?? [];
    const listed = lines.flatMap((line) => {
      const [, full, described] = /^- ([a-z][\w-]*:[\w:-]+?)(?: \([^)]*\))?(: .*)?$/.exec(line) ?? [];
      return full === undefined ? [] : [{ full, isCut: described === undefined }];
    });
    const options = await request('GET', `/api/v1/sessions/${chat.sessionId}/options`);
    const { skills } = (await options.json()) as SessionOptions;
    const cut = listed.filter(({ isCut }) => isCut).map(({ full }) => full);
    expect(cut.length).toBeGreaterThan(10);
    expect(skills).toEqual({ listed: listed.length, budget_chars: budget, without_description: cut });
    const told = chat.eventsOf('session.notice').filter(({ text }) => text.includes('gets only the names of'));
    expect(told).toHaveLength(1);
    await request('DELETE', `/api/v1/plugins/${name}`);
  });
});

const HOOKS = `
import { defineHook, definePlugin } from '@claude-sdk-pattern/plugin-api';
const context = (text) => ({ context: 'CONTEXT-OF-' + text });
export const plugin = definePlugin({ hooks: [
  defineHook({ event: 'SessionStart', run: () => context('START') }),
  defineHook({ event: 'UserPromptSubmit', run: ({ prompt }) => prompt.includes('hooks-forbid') ? { deny: 'Not in this house' } : context('PROMPT ' + prompt) }),
  defineHook({ event: 'PreToolUse', tools: /Bash/, run({ input: { command } }) {
    if (command.includes('denied')) return { deny: 'HOOK-DENIES' };
    if (command.includes('asked')) return { ask: 'HOOK-ASKS' };
    return command.includes('allowed') ? { allow: 'yes' } : context('CALL');
  } }),
  defineHook({ event: 'PostToolUse', run: () => context('RESULT') }),
  defineHook({ event: 'Stop', run: ({ lastMessage }) => lastMessage.includes('hooks-add') ? { deny: 'GO-ON' } : undefined }),
] });
`;
