import { expect, it } from 'vitest';

import { describeCron } from './describe-cron.ts';

it.each([
  ['* * * * *', 'Every minute'],
  ['*/15 * * * *', 'Every 15 minutes'],
  ['*/7 * * * *', 'At */7 * * * *'],
  ['0 * * * *', 'Every hour'],
  ['5 * * * *', 'Every hour, at 5 minutes past'],
  ['0 9 * * *', 'Every day at 9:00'],
  ['5 17 * * 1-5', 'Weekdays at 17:05'],
  ['0 9 * * 1,4', 'Mondays and Thursdays at 9:00'],
  ['0 9 * * 7', 'Sundays at 9:00'],
  ['30 8 1,15 * *', 'On day 1,15 of each month at 8:30'],
  ['0 9 1 * 1', 'At 0 9 1 * 1'],
  ['0 9,12 * * *', 'At 0 9,12 * * *'],
  ['0 9 * 6 *', 'At 0 9 * 6 *'],
  ['nonsense', 'At nonsense'],
])('says %s in words', (expression, words) => {
  expect(describeCron(expression)).toBe(words);
});
