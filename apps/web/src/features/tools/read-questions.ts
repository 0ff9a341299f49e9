import type { ToolItem } from '../../session/items.ts';
import { isRecord, readList, readText } from './tool-values.ts';

export interface Question {
  question: string;
  header: string;
  multiSelect: boolean;
  options: readonly { label: string; description: string; preview: string }[];
}

/** Reads the questions of an AskUserQuestion call. */
export function readQuestions(input: ToolItem['input']): readonly Question[] {
  return readList(input, 'questions')
    .filter(isRecord)
    .map((entry) => ({
      question: readText(entry, 'question'),
      header: readText(entry, 'header'),
      multiSelect: entry['multiSelect'] === true,
      options: readList(entry, 'options').map((option) => ({
        label: readText(option, 'label'),
        description: readText(option, 'description'),
        preview: readText(option, 'preview'),
      })),
    }));
}
