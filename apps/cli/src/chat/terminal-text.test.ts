import fc from 'fast-check';
import { expect, test } from 'vitest';

import { toMarkedText, toTerminalLine, toTerminalText } from './terminal-text.ts';

test.each([
  ['a colour', '\u001B[31mred\u001B[0m', 'red'],
  ['a cursor move', 'a\u001B[2Jb\u001B[10;10H', 'ab'],
  ['a window title', '\u001B]0;title\u0007text', 'text'],
  ['a clipboard write ended by ST', '\u001B]52;c;aGk=\u001B\\text', 'text'],
  ['an 8-bit sequence', '\u009B31mred', 'red'],
  ['a full reset', 'a\u001Bcb', 'ab'],
  ['a backspace and a carriage return', 'safe\b\b\b\bevil\rx', 'safeevilx'],
  ['right-to-left overrides', 'rm \u202Etxt.exe\u202C', 'rm txt.exe'],
])('takes %s out of what is written', (_what, text, safe) => {
  expect(toTerminalText(text)).toBe(safe);
});

test('keeps text, tabs, line breaks, emoji and other scripts', () => {
  const text = 'Grüße\t你好\n👋🏽 مرحبا';
  expect(toTerminalText(text)).toBe(text);
  expect(toTerminalText('a\r\nb')).toBe('a\nb');
});

test('marks in a text to decide on what would not be seen', () => {
  const text = 'a\tb\nrm \u202Etxt\u0007 \u200Bx\u00A0\u009B2J\u{E0041}';
  expect(toMarkedText(text)).toBe('a\tb\nrm <U+202E>txt<U+0007> <U+200B>x<U+00A0><U+009B>2J<U+E0041>');
  expect(toMarkedText('Grüße\t你好\n👋🏽 مرحبا')).toBe('Grüße\t你好\n👋🏽 مرحبا');
});

test('lets nothing through that a terminal obeys', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
      expect(toTerminalText(text)).not.toMatch(/[\u0000-\u0008\u000B-\u001F\u007F-\u009F]/);
    }),
  );
});

test('makes one line of at most the given width', () => {
  expect(toTerminalLine('a\n  b\tc', 10)).toBe('a b c');
  expect(toTerminalLine('abcdefghij', 5)).toBe('abcd…');
});
