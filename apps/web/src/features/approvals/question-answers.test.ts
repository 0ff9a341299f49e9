import { expect, it } from 'vitest';

import { emptyChoice, toAnswers, toggleLabel, toggleOther } from './question-answers.ts';

const one = { question: 'Which?', header: '', multiSelect: false, options: [] };
const many = { question: 'Which ones?', header: '', multiSelect: true, options: [] };

const answer = (questions: Parameters<typeof toAnswers>[0], choices: Parameters<typeof toAnswers>[1]) =>
  toAnswers(questions, choices, 'None');

it('joins several answers and one in own words', () => {
  let choice = toggleLabel(many, emptyChoice, 'A');
  choice = toggleLabel(many, choice, 'B');
  choice = { ...toggleOther(many, choice), other: ' and C ' };
  expect(answer([many], [choice])).toEqual({ answers: { 'Which ones?': 'A, B, and C' } });
});

it('takes an option back when it is pressed again', () => {
  const choice = toggleLabel(many, toggleLabel(many, emptyChoice, 'A'), 'A');
  expect(choice.labels).toEqual([]);
});

it('lets one question have one answer only', () => {
  const own = { ...toggleOther(one, toggleLabel(one, emptyChoice, 'A')), other: 'C' };
  expect(answer([one], [own])).toEqual({ answers: { 'Which?': 'C' } });
  expect(answer([one], [toggleLabel(one, own, 'B')])).toEqual({ answers: { 'Which?': 'B' } });
});

it('names the first question that has no answer, unless none may be chosen', () => {
  const a = toggleLabel(one, emptyChoice, 'A');
  expect(answer([one, many], [emptyChoice, emptyChoice])).toEqual({ missing: one });
  expect(answer([one, many], [a, emptyChoice])).toEqual({ answers: { 'Which?': 'A', 'Which ones?': 'None' } });
  expect(answer([one], [{ ...toggleOther(one, emptyChoice), other: '  ' }])).toEqual({ missing: one });
  expect(answer([many], [toggleOther(many, emptyChoice)])).toEqual({ missing: many });
});
