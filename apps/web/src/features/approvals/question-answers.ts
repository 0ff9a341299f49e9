import type { Question } from '../tools/read-questions.ts';

/** What is chosen for one question. `other` counts only while `otherChosen`. */
export interface Choice {
  labels: readonly string[];
  otherChosen: boolean;
  other: string;
}

export const emptyChoice: Choice = { labels: [], otherChosen: false, other: '' };

/** Answers by question text, several joined by ", "; null while a question has none. */
export function toAnswers(questions: readonly Question[], choices: readonly Choice[]): Record<string, string> | null {
  const answers: Record<string, string> = {};
  for (const [index, question] of questions.entries()) {
    const choice = choices[index] ?? emptyChoice;
    const other = choice.otherChosen ? choice.other.trim() : '';
    const given = [...choice.labels, ...(other === '' ? [] : [other])];
    if (given.length === 0) return null;
    answers[question.question] = given.join(', ');
  }
  return answers;
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
