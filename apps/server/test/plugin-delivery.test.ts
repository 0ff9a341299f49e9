import type { SessionOptions } from '@claude-sdk-pattern/protocol';
import { say, useTool, type Scenario } from '@claude-sdk-pattern/scripted-model';
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
  calls('the-skill', 'Skill', { skill: 'alpha-plug:greet' }),
  { match: { userText: 'SHELL-SAYS' }, reply: [useTool('Bash', { command: 'touch of-later' }), say('Shelled.')] },
  calls('the-shell', 'Skill', { skill: 'alpha-plug:shell' }),
  calls('the-agent', 'Agent', { description: 'Help', prompt: 'Help', subagent_type: 'alpha-plug:helper' }),
  calls('the-files', 'Bash', { command: 'ls' }),
];
const { server, model } = await useStage(scenarios, { CLAUDE_SDK_PATTERN_PREWARM_POOL_SIZE: '0' });

const command = (text: string) => [{ hooks: [{ type: 'command', command: text }] }];
const files = {
  '.claude-plugin/plugin.json': JSON.stringify({ name: 'Alpha.Plug', version: '1.0.0', description: 'Brings all' }),
  'skills/greet/SKILL.md': `---
name: greet
description: Greets -- people
hooks:
  PreToolUse:
    - hooks:
        - type: command
          command: touch of-frontmatter
---
SAY-HELLO`,
  'skills/shell/SKILL.md':
    '---\ndescription: Runs commands\nallowed-tools: Bash\n---\nSHELL-SAYS !`echo read-it` and !`touch of-shell`',
  'commands/hello.md': '---\ndescription: Says hello\n---\nRUN-HELLO to $ARGUMENTS',
  'agents/helper.md': '---\nname: helper\ndescription: Helps\n---\nYou are HELPER.',
  'hooks/hooks.json': JSON.stringify({
    hooks: {
      UserPromptSubmit: command('touch of-granted; echo It broke >&2; exit 1'),
      Stop: command('touch of-ungranted'),
    },
  }),
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

const saw = (text: string) => model.requests.some(({ body }) => JSON.stringify(body).includes(text));

describe('a plugin with skills, commands, subagents and hooks', () => {
  it('reaches the agent under its own name, with the hooks that were granted and no others', async () => {
    await install(files, { hooks: ['UserPromptSubmit'] });
    await using chat = await openChat(server);
    let turns = 0;
    for (const text of ['/alpha-plug:hello Ada', 'the-skill', 'the-shell', 'the-agent', 'the-files']) {
      await chat.say(text);
      // What a skill says of the tools that it may use allows no later call.
      if (text === 'the-shell') {
        const { event_id } = await chat.waitForEvent('session.approval_requested');
        await chat.send({ type: 'user.tool_confirmation', tool_use_id: event_id, result: 'deny' });
      }
      await chat.waitForTurns(++turns);
    }
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
    const listed = chat
      .eventsOf('agent.tool_result')
      .map(({ content }) => JSON.stringify(content))
      .join();
    expect(listed).toContain('of-granted');
    expect(listed).not.toMatch(/of-ungranted|of-frontmatter|of-shell|of-later/);
    const notices = chat.eventsOf('session.notice').map(({ text }) => text);
    expect(notices).toContain(
      "A plugin's hook for UserPromptSubmit failed with exit code 1 and checked nothing: It broke",
    );
    // Shell lines of a skill pass the policy as calls of Bash do: one that only reads runs, one to ask about does not.
    expect(notices).toContain('The text of /alpha-plug:shell ran a command: echo read-it');
    expect(notices).toContainEqual(expect.stringMatching(/^Not run in \/alpha-plug:shell: touch of-shell/));
    const { data } = (await (await request('GET', '/api/v1/audit?action=tool.decide')).json()) as {
      data: { outcome: string; details: { skill?: string; call?: string } }[];
    };
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
  });
});
