import type { Question } from '../tools/read-questions.ts';

/** The choice for one question. `other` counts only while `otherChosen` is true. */
export interface Choice {
  labels: readonly string[];
  otherChosen: boolean;
  other: string;
}

export const emptyChoice: Choice = { labels: [], otherChosen: false, other: '' };

/**
 * Converts the choices to answers by question text. Several options are joined by ", "; `none` stands for a multiple
 * choice without any option. While a question has no answer, returns the first such question instead.
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
    // "Other" was chosen, and its text is empty.
    const isOpen = given.length === 0 && (!question.multiSelect || choice.otherChosen);
    if (isOpen) return { missing: question };
    answers[question.question] = given.length === 0 ? none : given.join(', ');
  }
  return { answers };
}

/** The choice after an option was pressed. A single choice is replaced; in a multiple choice the option is toggled. */
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
