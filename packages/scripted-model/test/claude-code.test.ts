import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SDKMessage } from '@anthropic-ai/claude-agent-sdk';
import { describe, expect, test } from 'vitest';
import { createDemoScenarios, fail, say, startScriptedModel, think, useTool } from '../src/index.ts';
import { createClaudeCode, toResults } from './claude-code.ts';

describe('Claude Code against the scripted model', () => {
  test('streams thinking and text, and names its session without taking a step of the script', async () => {
    await using model = await startScriptedModel({
      scenarios: [{ reply: [[think('Hm.'), say('Hello from the script.')]] }],
    });
    await using claude = await createClaudeCode(model.url);
    const messages = await claude.run(['say hello to the world']);

    expect(toResults(messages)).toEqual(['Hello from the script.']);
    expect(toDeltas(messages)).toBe('Hello from the script.');
    expect(
      messages.some((message) => message.type === 'assistant' && message.message.content[0]?.type === 'thinking'),
    ).toBe(true);
    expect(model.requests.map((request) => request.kind).toSorted()).toEqual(['title', 'turn']);
  });

  test('writes a real file and goes on with the next step', async () => {
    await using model = await startScriptedModel({
      scenarios: [
        {
          match: { userText: 'write' },
          reply: [
            (conversation) =>
              useTool('Write', { file_path: join(conversation.workingDirectory ?? '', 'a.md'), content: 'hi' }),
            say('Written.'),
          ],
        },
      ],
    });
    await using claude = await createClaudeCode(model.url);

    expect(toResults(await claude.run(['write it']))).toEqual(['Written.']);
    expect(await readFile(join(claude.workspace, 'a.md'), 'utf8')).toBe('hi');
  });

  test('runs a subagent with a script of its own', async () => {
    await using model = await startScriptedModel({
      scenarios: [
        {
          match: { subagent: true },
          reply: [useTool('Bash', { command: 'echo from below' }), say('The subagent is done.')],
        },
        {
          reply: [
            useTool('Agent', {
              description: 'Look',
              prompt: 'Look around',
              subagent_type: 'general-purpose',
              run_in_background: false,
            }),
            (conversation) =>
              say(
                conversation.lastToolCalls[0]?.result?.text.includes('The subagent is done.') ? 'Reported.' : 'Lost.',
              ),
          ],
        },
      ],
    });
    await using claude = await createClaudeCode(model.url);
    const messages = await claude.run(['delegate']);

    expect(toResults(messages)).toEqual(['Reported.']);
    expect(messages.some((message) => message.type === 'assistant' && message.parent_tool_use_id !== null)).toBe(true);
  });

  test('tries again when the model is overloaded', async () => {
    await using model = await startScriptedModel({
      scenarios: [{ reply: [fail(529, { times: 1 }), say('At last.')] }],
    });
    await using claude = await createClaudeCode(model.url);
    const messages = await claude.run(['go']);

    expect(toResults(messages)).toEqual(['At last.']);
    expect(messages).toContainEqual(
      expect.objectContaining({ type: 'system', subtype: 'api_retry', error_status: 529 }),
    );
  });

  test('plays the demo: a to-do list, and memory that survives another process and another server', async () => {
    await using first = await startScriptedModel({ speed: Infinity });
    await using claude = await createClaudeCode(first.url);
    const messages = await claude.run(['my name is Ada', 'make a plan']);
    const session = messages[0]?.session_id;
    if (session === undefined) throw new Error('A session has an id');
    await first.close();

    await using second = await startScriptedModel({ scenarios: createDemoScenarios(), speed: Infinity });
    const resumed = await claude.run(['what is my name?'], { resume: session }, second.url);
    expect(toToolNames(messages)).toEqual(expect.arrayContaining(['TaskCreate', 'TaskUpdate', 'Bash']));
    expect(toResults(resumed)).toEqual([expect.stringContaining('Ada')]);
  });
});

function toDeltas(messages: readonly SDKMessage[]): string {
  return messages
    .map((message) => {
      if (message.type !== 'stream_event' || message.event.type !== 'content_block_delta') return '';
      return message.event.delta.type === 'text_delta' ? message.event.delta.text : '';
    })
    .join('');
}

function toToolNames(messages: readonly SDKMessage[]): string[] {
  return messages.flatMap((message) =>
    message.type === 'assistant'
      ? message.message.content.flatMap((block) => (block.type === 'tool_use' ? [block.name] : []))
      : [],
  );
}
