import { isAbsolute, relative } from 'node:path';

import type { KnownToolUse, TranslationState } from './translation-state.ts';

const EDITING_TOOLS: ReadonlySet<string> = new Set(['Write', 'Edit', 'MultiEdit', 'NotebookEdit']);

/** Notes the file of an edit that was made; a denied or failed one changes nothing. Paths are relative to the workspace. */
export function noteChangedFile(
  state: TranslationState,
  { name, input }: KnownToolUse['event'],
  workspaceDir: string,
): TranslationState {
  const path = input['file_path'] ?? input['notebook_path'];
  if (!EDITING_TOOLS.has(name) || typeof path !== 'string') return state;
  const changed = isAbsolute(path) ? relative(workspaceDir, path) : path;
  return state.changedFiles.includes(changed) ? state : { ...state, changedFiles: [...state.changedFiles, changed] };
}
