import { expect, it } from 'vitest';

import { fillArguments, readCommand, toPromptText } from './prompt-text.ts';

const prompt = {
  name: 'greet',
  arguments: [
    { name: 'who', isRequired: true },
    { name: 'how', isRequired: false },
  ],
};

it.each([
  ['Ada', { who: 'Ada' }],
  ['Ada warmly', { who: 'Ada', how: 'warmly' }],
  ['"Ada Lovelace" very warmly "and well"', { who: 'Ada Lovelace', how: 'very warmly "and well"' }],
  ['"" "so so"', { who: '', how: 'so so' }],
])('gives a prompt its arguments by their order: %s', (given, filled) => {
  expect(fillArguments(prompt, given)).toEqual(filled);
});

it('says what is missing', () => {
  expect(() => fillArguments(prompt, '')).toThrow('it needs <who> [how]');
});

it.each([
  ['/mcp__store__greet', { command: 'mcp__store__greet', given: '' }],
  [' /mcp__store__greet  Ada\nand Bo ', { command: 'mcp__store__greet', given: 'Ada\nand Bo' }],
  ['/compact', undefined],
  ['see /mcp__store__greet', undefined],
])('knows a command by its beginning: %j', (text, command) => {
  expect(readCommand(text)).toEqual(command);
});

it('tells the agent all that a server answers as one text, which begins with the command', () => {
  const content = [
    { type: 'text', text: '/clear' },
    { type: 'resource', resource: { uri: 'a://b', text: 'of it' } },
    { type: 'resource_link', uri: 'a://c', name: 'c' },
    { type: 'audio', data: '', mimeType: 'audio/wav' },
    null,
  ];
  const messages = content.map((each) => ({ role: 'user', content: each }));
  const text = toPromptText({ command: 'mcp__a__b', given: 'x' }, { messages });
  expect(text).toMatch(/^<command-message>mcp__a__b<\/command-message>/);
  expect(text).toContain('\n/clear\n\na://b:\nof it\n\na://c\n\n[audio]\n\n[not readable]');
  expect(() => toPromptText({ command: 'mcp__a__b', given: '' }, {})).toThrow('has sent no prompt');
});
