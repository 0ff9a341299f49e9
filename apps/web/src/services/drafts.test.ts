import { expect, it } from 'vitest';

import { createDrafts } from './drafts.ts';

function openDrafts(entries = new Map<string, string>()) {
  const storage = {
    getItem: (name: string) => entries.get(name) ?? null,
    setItem: (name: string, text: string) => void entries.set(name, text),
    removeItem: (name: string) => void entries.delete(name),
  } as unknown as Storage;
  const drafts = createDrafts({ storage, userId: 'user_1' });
  return { drafts, reload: () => openDrafts(entries).drafts };
}

it('empties the box for a text that is being sent, and keeps what is typed meanwhile', () => {
  const { drafts, reload } = openDrafts();
  drafts.set('sesn_1', 'first');
  drafts.hold('sesn_1');
  expect(drafts.get('sesn_1')).toBe('');
  drafts.set('sesn_1', 'second');
  drafts.release('sesn_1');
  expect(drafts.get('sesn_1')).toBe('second');
  expect(reload().get('sesn_1')).toBe('second');
});

it('puts a text that was not sent back before what was typed since', () => {
  const { drafts, reload } = openDrafts();
  drafts.set('sesn_1', 'first');
  drafts.hold('sesn_1');
  drafts.set('sesn_1', 'second');
  drafts.putBack('sesn_1');
  expect(drafts.get('sesn_1')).toBe('first\n\nsecond');
  expect(reload().get('sesn_1')).toBe('first\n\nsecond');
});

it('has both again after a reload before the server had the text', () => {
  const { drafts, reload } = openDrafts();
  drafts.set('sesn_1', 'first');
  drafts.hold('sesn_1');
  expect(reload().get('sesn_1')).toBe('first');
  drafts.set('sesn_1', 'second');
  expect(reload().get('sesn_1')).toBe('first\n\nsecond');
});

const SENT = { kind: 'message', text: 'first', files: [], frameId: 'req_1', afterSeq: 4 } as const;

it('takes a text that had arrived before a reload out of the box, and leaves what was typed since', () => {
  const { drafts, reload } = openDrafts();
  drafts.set('sesn_1', 'first');
  drafts.hold('sesn_1', SENT);
  expect(drafts.getUnsettled('sesn_1')).toBe(null);
  drafts.set('sesn_1', 'second');
  const later = reload();
  expect(later.get('sesn_1')).toBe('first\n\nsecond');
  expect(later.getUnsettled('sesn_1')).toEqual(SENT);
  later.settle('sesn_1');
  expect(later.get('sesn_1')).toBe('second');
  expect(reload().get('sesn_1')).toBe('second');
  expect(reload().getUnsettled('sesn_1')).toBe(null);
});

it('knows that the server has a text once that was said', () => {
  const { drafts, reload } = openDrafts();
  drafts.set('sesn_1', 'first');
  drafts.hold('sesn_1', SENT);
  drafts.release('sesn_1');
  expect(reload().getUnsettled('sesn_1')).toBe(null);
});

it('keeps a text in the box that somebody has changed since', () => {
  const { drafts, reload } = openDrafts();
  drafts.set('sesn_1', 'first');
  drafts.hold('sesn_1', SENT);
  const later = reload();
  later.set('sesn_1', 'firsts');
  later.settle('sesn_1');
  expect(later.get('sesn_1')).toBe('firsts');
  later.setUnsettled('sesn_1', SENT);
  later.set('sesn_1', 'fir');
  expect(later.getUnsettled('sesn_1')).toBe(null);
});
