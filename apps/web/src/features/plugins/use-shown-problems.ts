import { useState } from 'react';

export interface ShownProblems<Problems> {
  /** Of the fields that were left once, and of all after a try to send. */
  problems: Problems;
  noteLeft: (field: keyof Problems) => void;
  noteTry: () => void;
  /** Other fields are shown now. */
  forget: () => void;
}

/** Which of the problems of a form people see: none of a field that they have not come to yet. */
export function useShownProblems<Problems extends object>(all: Problems): ShownProblems<Problems> {
  const [left, setLeft] = useState<ReadonlySet<keyof Problems>>(new Set());
  const [tried, setTried] = useState(false);
  const shown = Object.entries(all).filter(([field]) => tried || left.has(field as keyof Problems));
  return {
    problems: Object.fromEntries(shown) as Problems,
    noteLeft: (field) => setLeft(new Set([...left, field])),
    noteTry: () => setTried(true),
    forget() {
      setLeft(new Set());
      setTried(false);
    },
  };
}
