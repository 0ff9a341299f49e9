import { useMayWrite } from './session-level.ts';
import { useArchived } from './use-archived.ts';

/** Whether the user may have the conversation of this context go on from another place. */
export function useMayBranch(): boolean {
  const archived = useArchived();
  return useMayWrite() && !archived;
}
