import { describe, expect, it } from 'vitest';

import { findMenuTrigger, replaceTrigger } from './menu-trigger.ts';

/** The caret stands at the bar. */
const find = (marked: string) => findMenuTrigger(marked.replace('|', ''), marked.indexOf('|'));

describe('the menu of the message box', () => {
  it('opens for a slash as the first character only', () => {
    expect(find('/|')).toEqual({ kind: 'command', from: 0, query: '' });
    expect(find('/com|')).toEqual({ kind: 'command', from: 0, query: 'com' });
    expect(find('/com|pact now')).toEqual({ kind: 'command', from: 0, query: 'com' });
    for (const text of [' /|', 'a/|', 'see /usr|', '/usr/bin|', '/compact |', '|/', '\n/|']) {
      expect(find(text), text).toBeNull();
    }
  });

  it('opens for an at sign at the beginning or after a blank', () => {
    expect(find('@|')).toEqual({ kind: 'file', from: 0, query: '' });
    expect(find('look at @src/gr|')).toEqual({ kind: 'file', from: 8, query: 'src/gr' });
    expect(find('one\n@a.b|')).toEqual({ kind: 'file', from: 4, query: 'a.b' });
    for (const text of ['ada@example|', '@a |', '@@|', 'x@|', '@|@'.replace('|@', '@|')]) {
      expect(find(text), text).toBeNull();
    }
  });

  it('puts the choice in the place of what was typed, with one blank after it', () => {
    const text = 'look at @gr, please';
    expect(replaceTrigger(text, { kind: 'file', from: 8, query: 'gr' }, '@src/greet.js')).toEqual({
      text: 'look at @src/greet.js , please',
      caret: 22,
    });
    expect(replaceTrigger('/co now', { kind: 'command', from: 0, query: 'co' }, '/compact')).toEqual({
      text: '/compact now',
      caret: 9,
    });
  });
});
