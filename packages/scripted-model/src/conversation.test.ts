import { describe, expect, test } from 'vitest';
import { toConversation } from './conversation.ts';
import type { MessageRequest, RequestMessage } from './message-request.ts';
import { toMessageKind, toSideAnswer } from './side-request.ts';

const reminder = '<system-reminder>\nAttribution for git commits.\n</system-reminder>\n';
const environment =
  '# Environment\n - Primary working directory: /home/ada/space\n\nThe following deferred tools are now available via ToolSearch. Their schemas are NOT loaded:\nTaskCreate\nWebSearch\n\nAvailable agent types';

function toRequest(messages: RequestMessage[], fields: Partial<MessageRequest> = {}): MessageRequest {
  return { model: 'claude-opus-5-5', max_tokens: 1, messages, ...fields };
}

const opening: RequestMessage[] = [
  {
    role: 'user',
    content: [
      { type: 'text', text: reminder },
      { type: 'text', text: 'list the files' },
    ],
  },
  { role: 'system', content: environment },
];
const answered: RequestMessage[] = [
  ...opening,
  { role: 'assistant', content: [{ type: 'tool_use', id: 't1', name: 'Bash', input: { command: 'ls' } }] },
  {
    role: 'user',
    content: [
      { type: 'tool_result', tool_use_id: 't1', content: [{ type: 'text', text: 'a.txt' }] },
      { type: 'text', text: reminder },
    ],
  },
  { role: 'system', content: 'Available agent types for the Agent tool' },
];

describe('a conversation', () => {
  test('finds the words of the person among the reminders', () => {
    const conversation = toConversation(toRequest(opening));
    expect(conversation).toMatchObject({
      userText: 'list the files',
      turn: 1,
      step: 0,
      workingDirectory: '/home/ada/space',
    });
  });

  test('counts the answered requests of the turn and knows the results of their tools', () => {
    const conversation = toConversation(toRequest(answered));
    expect(conversation).toMatchObject({ userText: 'list the files', turn: 1, step: 1 });
    expect(conversation.lastToolCalls).toEqual([
      { id: 't1', name: 'Bash', input: { command: 'ls' }, result: { text: 'a.txt', isError: false } },
    ]);
  });

  test('takes parallel calls that stand in several messages as one step', () => {
    const split: RequestMessage[] = [
      ...opening,
      { role: 'assistant', content: [{ type: 'tool_use', id: 't1', name: 'Bash', input: {} }] },
      { role: 'assistant', content: [{ type: 'tool_use', id: 't2', name: 'Read', input: {} }] },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 't1', content: 'x', is_error: true }] },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 't2', content: 'y' }] },
    ];
    const conversation = toConversation(toRequest(split));
    expect(conversation.step).toBe(1);
    expect(conversation.lastToolCalls.map((call) => call.result)).toEqual([
      { text: 'x', isError: true },
      { text: 'y', isError: false },
    ]);
  });

  test('begins a turn with the next words, and keeps earlier ones', () => {
    const next: RequestMessage[] = [
      ...answered,
      { role: 'assistant', content: 'There is one file.' },
      {
        role: 'user',
        content: [
          { type: 'text', text: '[Request interrupted by user]' },
          { type: 'text', text: 'and now?' },
          { type: 'image' },
          { type: 'text', text: '[Image: source: /tmp/images/1.png]' },
        ],
      },
    ];
    const conversation = toConversation(toRequest(next));
    expect(conversation).toMatchObject({ userTexts: ['list the files', 'and now?'], turn: 2, step: 0, toolCalls: [] });
    expect(conversation.allToolCalls).toHaveLength(1);
  });

  test('takes a message sent in the middle of a turn as the words of the person', () => {
    const note =
      'The user sent a new message while you were working:\nrather use find\n\nThis is how Claude Code surfaces messages.';
    const inSystem = toConversation(toRequest([...answered, { role: 'system', content: note }]));
    const inReminder = toConversation(
      toRequest([...answered, { role: 'user', content: `<system-reminder>\n${note}\n</system-reminder>` }]),
    );
    for (const conversation of [inSystem, inReminder])
      expect(conversation).toMatchObject({ userText: 'rather use find', turn: 2, step: 0 });
  });

  test('does not mistake notifications and slash commands for the person', () => {
    const messages: RequestMessage[] = [
      ...opening,
      { role: 'assistant', content: 'Started.' },
      {
        role: 'user',
        content: [
          { type: 'text', text: '<local-command-caveat>Caveat</local-command-caveat>\n' },
          { type: 'text', text: '<command-name>/compact</command-name>\n<command-message>compact</command-message>' },
          { type: 'text', text: '<system-reminder>\n<task-notification>done</task-notification>\n</system-reminder>' },
        ],
      },
    ];
    expect(toConversation(toRequest(messages))).toMatchObject({ userTexts: ['list the files'], step: 1 });
  });

  test('knows which tools are offered, also those behind ToolSearch', () => {
    const conversation = toConversation(toRequest(opening, { tools: [{ name: 'Bash' }] }));
    expect(['Bash', 'TaskCreate', 'WebSearch', 'TodoWrite'].map((name) => conversation.offersTool(name))).toEqual([
      true,
      true,
      true,
      false,
    ]);
  });
});

describe("the CLI's own requests", () => {
  const billing = { type: 'text', text: 'x-anthropic-billing-header: cc_version=2.1.330;' };
  const title = toRequest(
    [{ role: 'user', content: '<session>\nplease fix parser.ts\n</session>\n\nWrite the title.' }],
    {
      system: [billing, { type: 'text', text: 'You are naming a coding session.' }],
      output_config: {
        format: { type: 'json_schema', schema: { type: 'object', properties: { title: { type: 'string' } } } },
      },
      tools: [],
    },
  );

  test('are told from a turn, even from one without tools', () => {
    const turn = toRequest(opening, { system: [{ ...billing, cache_control: { type: 'ephemeral' } }], tools: [] });
    const search = toRequest(opening, {
      system: [billing],
      tools: [{ type: 'web_search_20250305', name: 'web_search' }],
    });
    const small = toRequest(opening, { system: [billing], tools: [] });
    expect([title, turn, search, small, toRequest(opening)].map(toMessageKind)).toEqual([
      'title',
      'turn',
      'web_search',
      'side',
      'turn',
    ]);
  });

  test('get a title as the JSON that they ask for', () => {
    expect(JSON.parse(toSideAnswer('title', toConversation(title)))).toEqual({ title: 'Fix parser.ts' });
  });

  test('get a summary that keeps every word of the person, over several compactions', () => {
    const instruction = {
      role: 'user',
      content: 'CRITICAL: Respond with TEXT ONLY. Your task is to create a detailed summary of the conversation so far',
    } as const;
    const first = toRequest([...opening, { role: 'assistant', content: 'ok' }, instruction]);
    expect(toMessageKind(first)).toBe('compaction');
    const summary = toSideAnswer('compaction', toConversation(first));
    const continued = `This session is being continued from a previous conversation.\n\n${summary}`;
    const second = toRequest([
      {
        role: 'user',
        content: [
          { type: 'text', text: continued },
          { type: 'text', text: 'go on' },
        ],
      },
      instruction,
    ]);

    expect(toConversation(second).userTexts[0]).toBe('go on');
    expect(toSideAnswer('compaction', toConversation(second))).toMatch(/- list the files\n\s+- go on/);
  });

  test('get the smallest value of another schema', () => {
    const schema = {
      type: 'object',
      properties: { ok: { type: 'boolean' }, level: { enum: ['low', 'high'] }, tags: { type: 'array' } },
    };
    const request = toRequest(opening, { output_config: { format: { type: 'json_schema', schema } } });
    expect(JSON.parse(toSideAnswer('structured', toConversation(request)))).toEqual({
      ok: false,
      level: 'low',
      tags: [],
    });
  });
});
