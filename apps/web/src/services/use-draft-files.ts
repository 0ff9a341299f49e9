import { useStore } from 'zustand';

import type { DraftFile } from './draft-files.ts';
import { useServices } from './services.ts';

/** The files of a draft. */
export function useDraftFiles(key: string): readonly DraftFile[] {
  const { draftFiles } = useServices();
  useStore(draftFiles.store, (map) => map.get(key));
  return draftFiles.get(key);
}
