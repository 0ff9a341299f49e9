import type { PresentPerson } from '@claude-sdk-pattern/protocol';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { createPresence } from './presence.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

function openRoom() {
  const presence = createPresence(() => Date.now());
  return (name: string) => {
    const told: string[] = [];
    const tell = (people: readonly PresentPerson[]) =>
      told.push(people.map((each) => `${each.name}${each.typing ? ' types' : ''}`).join(', '));
    return { told, visit: presence.join('sesn_1', { person: { id: `user_${name}`, name }, tell }) };
  };
}

it('tells everybody who is there, once for each person, and who is alone nothing', () => {
  const join = openRoom();
  const ada = join('ada');
  const tab = join('ada');
  vi.advanceTimersByTime(1000);
  expect([ada.told, tab.told]).toEqual([[], []]);
  const bob = join('bob');
  vi.advanceTimersByTime(1000);
  expect([ada.told, tab.told, bob.told]).toEqual([['ada, bob'], ['ada, bob'], ['ada, bob']]);
  bob.visit.leave();
  vi.advanceTimersByTime(1000);
  expect(ada.told).toEqual(['ada, bob', 'ada']);
  tab.visit.leave();
  vi.advanceTimersByTime(1000);
  expect(ada.told).toEqual(['ada, bob', 'ada']);
  expect(vi.getTimerCount()).toBe(0);
});

it('tells who has come later, too', () => {
  const join = openRoom();
  join('ada');
  join('bob');
  vi.advanceTimersByTime(1000);
  const again = join('bob');
  vi.advanceTimersByTime(1000);
  expect(again.told).toEqual(['ada, bob']);
});

it('says who writes, for five seconds from the last key', () => {
  const join = openRoom();
  const ada = join('ada');
  const bob = join('bob');
  vi.advanceTimersByTime(1000);
  bob.visit.noteTyping();
  vi.advanceTimersByTime(4000);
  bob.visit.noteTyping();
  vi.advanceTimersByTime(4900);
  expect(ada.told).toEqual(['ada, bob', 'ada, bob types']);
  vi.advanceTimersByTime(200);
  expect(ada.told.at(-1)).toBe('ada, bob');
  expect(vi.getTimerCount()).toBe(0);
});

it('says that nobody writes once the message is sent, also from another tab', () => {
  const join = openRoom();
  const ada = join('ada');
  const bob = join('bob');
  const tab = join('bob');
  bob.visit.noteTyping();
  ada.visit.noteTyping();
  vi.advanceTimersByTime(1000);
  expect(ada.told.at(-1)).toBe('ada types, bob types');
  tab.visit.noteSent();
  vi.advanceTimersByTime(500);
  expect(ada.told.at(-1)).toBe('ada types, bob');
});

it('tells a few times a second at most, whatever happens', () => {
  const join = openRoom();
  const ada = join('ada');
  for (let each = 0; each < 1000; each += 1) {
    const bob = join('bob');
    bob.visit.noteTyping();
    vi.advanceTimersByTime(1);
    bob.visit.leave();
  }
  expect(ada.told.length).toBeLessThan(6);
});
