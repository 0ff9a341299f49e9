import { toConversation, type MessageRequest } from '@claude-sdk-pattern/scripted-model';
import { describe, expect, it } from 'vitest';

import { parseRecallAnswer, toMessageText } from './message-text.ts';
import { toModelReply } from './model-reply.ts';

const user = (content: MessageRequest['messages'][number]['content']) => ({ role: 'user' as const, content });

function reply(...messages: MessageRequest['messages']) {
  return toModelReply(toConversation({ model: 'claude-sonnet-4-5', messages }));
}

describe('toModelReply', () => {
  it('recalls every message as often as it stands in the context', () => {
    const said = reply(
      user(toMessageText('note', 'a-1')),
      { role: 'assistant', content: 'Noted a-1.' },
      user(toMessageText('note', 'a-1')),
      { role: 'assistant', content: 'Noted a-1.' },
      user(toMessageText('recall', 'a-2')),
    );
    expect(said.kind === 'say' && parseRecallAnswer(said.text)).toEqual(['a-1', 'a-1', 'a-2']);
  });

  it('asks for a command once, also when it is told to go on after a restart', () => {
    const asked = user(toMessageText('tool', 'a-1'));
    const call = reply(asked);
    if (call.kind !== 'useTool') throw new Error(`It did ${call.kind}`);
    const cut = [
      asked,
      { role: 'assistant' as const, content: [{ type: 'tool_use', id: 'toolu_1', name: 'Bash', input: call.input }] },
      user([{ type: 'tool_result', tool_use_id: 'toolu_1', content: 'Interrupted' }]),
      user('Go on where you were.'),
    ];
    expect(reply(...cut)).toEqual({ kind: 'say', text: 'Noted a-1.' });
  });
});
