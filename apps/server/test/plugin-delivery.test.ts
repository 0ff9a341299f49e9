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
    for (const text of ['/alpha-plug:hello Ada', 'the-skill', 'the-agent', 'the-files']) {
      await chat.say(text);
      await chat.waitForTurns(chat.eventsOf('session.turn_completed').length + 1);
    }
    expect(textsOf(chat)).toEqual(
      expect.arrayContaining(['Hello was run.', 'Greeted.', 'Done with the-agent.', 'Done with the-files.']),
    );
    expect(saw('You are HELPER.')).toBe(true);
    expect(saw('alpha-plug:greet: Greets -- people')).toBe(true);
    const listed = chat
      .eventsOf('agent.tool_result')
      .map(({ content }) => JSON.stringify(content))
      .join();
    expect(listed).toContain('of-granted');
    expect(listed).not.toMatch(/of-ungranted|of-frontmatter/);
    expect(chat.eventsOf('session.notice').map(({ text }) => text)).toContain(
      "A plugin's hook for UserPromptSubmit failed with exit code 1 and checked nothing: It broke",
    );
  });
});
