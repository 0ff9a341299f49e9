import { expect, it } from 'vitest';

import { describeWord } from './session-level.ts';

it('says that a session needs a person only to those who may answer', () => {
  expect(describeWord('waiting', 'drive')).toBe('Needs your approval');
  expect(describeWord('waiting', 'view')).toBe('Waits for an approval');
  expect(describeWord('question', 'view')).toBe('Waits for an answer');
  expect(describeWord('running', 'view')).toBe('Working');
});
