import type { PreviewEvent, SessionEvent } from '@claude-sdk-pattern/protocol';
import { expect, test } from 'vitest';

import { foldPreviews, foldPreviewsWith, NO_PREVIEWS, type Preview, type Previews } from './fold-previews.ts';

const start = (id: string): PreviewEvent => ({ type: 'event_start', event: { type: 'agent.message', id } });
const delta = (event_id: string, text: string, index?: number): PreviewEvent => ({
  type: 'event_delta',
  event_id,
  delta: { type: 'content_delta', content: { type: 'text', text }, ...(index !== undefined && { index }) },
});
const message = (id: string): SessionEvent => ({ type: 'agent.message', id, content: [], processed_at: '' });
const fold = (...items: (PreviewEvent | SessionEvent)[]): Previews => items.reduce(foldPreviews, NO_PREVIEWS);
const texts = (previews: Previews) => Array.from(previews, ([id, preview]) => `${id}: ${preview.text}`);

test('adds deltas up to the text so far', () => {
  expect(texts(fold(start('a'), delta('a', 'Hel'), delta('a', 'lo')))).toEqual(['a: Hello']);
});

test('keeps the blocks of a message apart', () => {
  const previews = fold(start('a'), delta('a', 'one', 0), delta('a', 'two', 1), delta('a', '!', 0));
  expect(previews.get('a')?.blocks).toEqual(['one!', 'two']);
});

test('ends a preview with the event of the same id, and no other', () => {
  expect(texts(fold(start('a'), start('b'), delta('b', 'x'), message('a')))).toEqual(['b: x']);
});

test('begins anew at a repeated start, as when attaching in the middle', () => {
  expect(texts(fold(start('a'), delta('a', 'Hel'), start('a'), delta('a', 'Hello')))).toEqual(['a: Hello']);
});

test('ignores deltas whose start it has not seen, and changes nothing then', () => {
  const previews = fold(start('a'));
  expect(foldPreviews(previews, delta('b', 'x'))).toBe(previews);
  expect(foldPreviews(previews, message('b'))).toBe(previews);
});

test('keeps what the caller adds to a preview, and tells it of the one that starts anew', () => {
  type Counted = Preview & { starts: number };
  const begin = (preview: Preview, before?: Counted): Counted => ({ ...preview, starts: (before?.starts ?? 0) + 1 });
  const inputs = [start('a'), delta('a', 'Hel'), start('a'), delta('a', 'Hello')];
  const previews = inputs.reduce<ReadonlyMap<string, Counted>>(
    (all, next) => foldPreviewsWith(begin, all, next),
    new Map(),
  );
  expect(previews.get('a')).toMatchObject({ text: 'Hello', starts: 2 });
});

test('puts the text together also where an earlier block goes on', () => {
  const previews = fold(
    start('a'),
    delta('a', 'one', 0),
    delta('a', ' two', 1),
    delta('a', '!', 0),
    delta('a', '?', 1),
  );
  expect(previews.get('a')?.text).toBe('one! two?');
});
