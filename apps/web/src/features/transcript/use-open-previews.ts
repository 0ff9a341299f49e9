import { useContext, useMemo } from 'react';
import { useStore } from 'zustand';

import { DisclosureContext } from '../../ui/disclosure.ts';

/** The keys of the previews that are open in this conversation; the same array while they are the same. */
export function useOpenPreviews(): readonly string[] {
  const joined = useStore(useContext(DisclosureContext), (map) =>
    [...map].flatMap(([key, isOpen]) => (isOpen && key.startsWith('preview:') ? [key] : [])).join('\n'),
  );
  return useMemo(() => joined.split('\n').filter((key) => key !== ''), [joined]);
}
