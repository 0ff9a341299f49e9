import { expect, it } from 'vitest';

import { emptyChoice, toAnswers, toggleLabel, toggleOther } from './question-answers.ts';

const one = { question: 'Which?', header: '', multiSelect: false, options: [] };
const many = { question: 'Which ones?', header: '', multiSelect: true, options: [] };

it('joins several answers and one in own words', () => {
  let choice = toggleLabel(many, emptyChoice, 'A');
  choice = toggleLabel(many, choice, 'B');
  choice = { ...toggleOther(many, choice), other: ' and C ' };
  expect(toAnswers([many], [choice])).toEqual({ 'Which ones?': 'A, B, and C' });
});

it('takes an option back when it is pressed again', () => {
  const choice = toggleLabel(many, toggleLabel(many, emptyChoice, 'A'), 'A');
  expect(choice.labels).toEqual([]);
});

it('lets one question have one answer only', () => {
  const own = { ...toggleOther(one, toggleLabel(one, emptyChoice, 'A')), other: 'C' };
  expect(toAnswers([one], [own])).toEqual({ 'Which?': 'C' });
  expect(toAnswers([one], [toggleLabel(one, own, 'B')])).toEqual({ 'Which?': 'B' });
});

it('is not complete while a question has no answer', () => {
  expect(toAnswers([one, many], [toggleLabel(one, emptyChoice, 'A'), emptyChoice])).toBeNull();
  expect(toAnswers([one], [{ ...toggleOther(one, emptyChoice), other: '  ' }])).toBeNull();
});
