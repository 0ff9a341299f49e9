import type { Person } from '@claude-sdk-pattern/protocol';
import { useEffect, useState } from 'react';

import { useServices } from '../../services/services.ts';

/** How long a person pauses before what they have typed is looked up. */
const PAUSE_MS = 150;

/** The people whom the user may see and who fit what they have typed; none while nobody fits. */
export function useSuggestions(typed: string): readonly Person[] {
  const { api } = useServices();
  const [found, setFound] = useState<{ text: string; people: readonly Person[] }>({ text: '', people: [] });
  const text = typed.trim();
  useEffect(() => {
    if (text === '') return;
    const stopping = new AbortController();
    const timer = setTimeout(() => {
      api.searchPeople(text, stopping.signal).then(
        ({ data }) => setFound({ text, people: data }),
        // Without suggestions the whole address still does.
        () => {},
      );
    }, PAUSE_MS);
    return () => {
      clearTimeout(timer);
      stopping.abort();
    };
  }, [api, text]);
  const isDone = found.people.length === 1 && found.people[0]?.email === text;
  return text === '' || isDone ? [] : found.people;
}
