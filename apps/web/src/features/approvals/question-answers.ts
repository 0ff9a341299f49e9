import type { Question } from '../tools/read-questions.ts';

/** What is chosen for one question. `other` counts only while `otherChosen`. */
export interface Choice {
  labels: readonly string[];
  otherChosen: boolean;
  other: string;
}

export const emptyChoice: Choice = { labels: [], otherChosen: false, other: '' };

/**
 * Answers by question text, several joined by ", "; `none` where any number may be chosen and none was. The first question
 * without an answer while there is one.
 */
export function toAnswers(
  questions: readonly Question[],
  choices: readonly Choice[],
  none: string,
): { answers: Record<string, string> } | { missing: Question } {
  const answers: Record<string, string> = {};
  for (const [index, question] of questions.entries()) {
    const choice = choices[index] ?? emptyChoice;
    const other = choice.otherChosen ? choice.other.trim() : '';
    const given = [...choice.labels, ...(other === '' ? [] : [other])];
    // Something else was chosen, and not said.
    const isOpen = given.length === 0 && (!question.multiSelect || choice.otherChosen);
    if (isOpen) return { missing: question };
    answers[question.question] = given.length === 0 ? none : given.join(', ');
  }
  return { answers };
}

/** The choice after an option was pressed: alone, or added and taken away where several may be chosen. */
export function toggleLabel(question: Question, choice: Choice, label: string): Choice {
  if (!question.multiSelect) return { ...choice, labels: [label], otherChosen: false };
  const labels = choice.labels.includes(label)
    ? choice.labels.filter((entry) => entry !== label)
    : [...choice.labels, label];
  return { ...choice, labels };
}

export function toggleOther(question: Question, choice: Choice): Choice {
  if (!question.multiSelect) return { ...choice, labels: [], otherChosen: true };
  return { ...choice, otherChosen: !choice.otherChosen };
}
