import { useEffect } from 'react';
import { useStore } from 'zustand';

import { useServices } from './services.ts';

/** The name of a file, or null until it is loaded. */
export function useFileName(fileId: string | null): string | null {
  const { fileNames } = useServices();
  useEffect(() => {
    if (fileId !== null) fileNames.load(fileId);
  }, [fileNames, fileId]);
  return useStore(fileNames.store, (names) => (fileId === null ? null : (names.get(fileId) ?? null)));
}
