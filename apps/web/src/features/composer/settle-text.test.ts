import { expect, it } from 'vitest';

import type { UnsettledText } from '../../services/unsettled-text.ts';
import { reduceEvents } from '../../session/reduce-session.ts';
import { emptySessionView } from '../../session/session-view.ts';
import { isInConversation } from './settle-text.ts';

const ME = { id: 'user_me', name: 'Me' };
const OTHER = { id: 'user_other', name: 'Other' };

function viewWith(messages: readonly { seq: number; text: string; actor: typeof ME }[]) {
  return reduceEvents(
    emptySessionView,
    messages.map(({ seq, text, actor }) => ({
      type: 'user.message',
      id: `sevt_${seq}`,
      seq,
      processed_at: '2026-01-01T00:00:00.000Z',
      content: [{ type: 'text', text }],
      actor: { type: 'user', ...actor },
    })),
  );
}

const sent = (afterSeq: number | null): UnsettledText => ({
  ...{ kind: 'message', text: 'go on\n', files: [], frameId: 'req_1', afterSeq },
});

it('finds a sent text among what the same person said afterwards', () => {
  const view = viewWith([{ seq: 5, text: 'go on', actor: ME }]);
  expect(isInConversation(view, sent(4), ME.id)).toBe(true);
});

it('takes neither what was said before, nor what another person said, nor other words for the sent text', () => {
  const before = viewWith([{ seq: 5, text: 'go on', actor: ME }]);
  expect(isInConversation(before, sent(5), ME.id)).toBe(false);
  // Where it is not known what had been said, an earlier message may look the same.
  expect(isInConversation(before, sent(null), ME.id)).toBe(false);
  expect(isInConversation(viewWith([{ seq: 6, text: 'go on', actor: OTHER }]), sent(5), ME.id)).toBe(false);
  expect(isInConversation(viewWith([{ seq: 6, text: 'go on!', actor: ME }]), sent(5), ME.id)).toBe(false);
});

it('tells apart the same words with another file', () => {
  const file = { fileId: 'file_1', kind: 'image', name: 'a.png', sizeBytes: 1 } as const;
  const view = viewWith([{ seq: 6, text: 'go on', actor: ME }]);
  expect(isInConversation(view, { ...sent(5), files: [file] }, ME.id)).toBe(false);
});
