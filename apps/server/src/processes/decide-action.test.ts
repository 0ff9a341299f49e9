import { describe, expect, it } from 'vitest';

import { decideAction, isTooMany } from './decide-action.ts';

const MB = 1024 * 1024;
const limits = { maxRssBytes: 1000 * MB, maxDurationSeconds: 3600 };
const decide = (rssMb: number, ageSeconds: number, warned = false) =>
  decideAction({ rssBytes: rssMb * MB, ageSeconds }, limits, { warned });

describe('what is done about a process', () => {
  it.each([
    ['nothing below its limits', decide(1000, 3299), { type: 'none' }],
    ['a restart at the end of the turn over the limit of memory', decide(1001, 0), { type: 'restart_at_end_of_turn' }],
    ['a restart at once over one and a half times of it', decide(1501, 0), { type: 'restart_now' }],
    ['the end of its turn at exactly one and a half times of it', decide(1500, 0), { type: 'restart_at_end_of_turn' }],
    [
      'a warning five minutes before its time is over',
      decide(1, 3300),
      { type: 'warn_duration', remainingSeconds: 300 },
    ],
    ['one warning only', decide(1, 3400, true), { type: 'none' }],
    ['hibernation when its time is over', decide(1, 3600, true), { type: 'hibernate' }],
    ['memory before time', decide(1501, 9999), { type: 'restart_now' }],
  ])('is %s', (_, action, expected) => {
    expect(action).toEqual(expected);
  });

  it('warns in the last quarter of a short time', () => {
    const short = { ...limits, maxDurationSeconds: 20 };
    expect(decideAction({ rssBytes: 1, ageSeconds: 14 }, short, { warned: false }).type).toBe('none');
    expect(decideAction({ rssBytes: 1, ageSeconds: 15 }, short, { warned: false }).type).toBe('warn_duration');
  });
});

it('finds more than twice as many processes as owners to be too many', () => {
  expect(isTooMany({ owned: 3, unowned: 3 })).toBe(false);
  expect(isTooMany({ owned: 3, unowned: 4 })).toBe(true);
  expect(isTooMany({ owned: 0, unowned: 2 })).toBe(false);
  expect(isTooMany({ owned: 0, unowned: 3 })).toBe(true);
});
