import { useEffect, useState } from 'react';

import type { WorkspaceApi } from '../../api/workspace-api.ts';
import { useServices } from '../../services/services.ts';
import type { ToolItem } from '../../session/items.ts';
import { useSession } from '../../session/session-context.ts';
import { computeHunks } from '../tools/compute-hunks.ts';
import { categoryOf } from '../tools/describe-tool.ts';
import { countChanges, toDiffHunks, type Hunk } from '../tools/diff-hunks.ts';
import { readText } from '../tools/tool-values.ts';
import { p } from './preview-messages.ts';

/** What writing over a file changes in it. */
export interface FileChanges {
  /** Null where the file cannot be compared, and for a new file: then the whole new text is shown. */
  hunks: readonly Hunk[] | null;
  /** What the file is now, as a sentence; null where nothing is known of it. */
  remark: string | null;
}

/** People wait for the card no longer than this. */
const READ_TIMEOUT_MS = 4000;
const UNKNOWN: FileChanges = { hunks: null, remark: null };

/**
 * What a call that writes a file changes in it; null until the file has been read. Only files of this session's
 * workspace are read, as the panel reads them.
 */
export function useFileChanges(tool: ToolItem): FileChanges | null {
  const { workspace } = useServices().api;
  const sessionId = useSession((state) => state.sessionId);
  // A card that was handed over knows nothing of its session, and may not read it.
  const mayRead = useSession((state) => state.view.lastSeq > 0);
  const path = mayRead ? toReadablePath(tool) : null;
  const content = readText(tool.input, 'content');
  const [known, setKnown] = useState<{ path: string; content: string; changes: FileChanges } | null>(null);
  useEffect(() => {
    if (path === null) return undefined;
    const ending = new AbortController();
    const signal = AbortSignal.any([ending.signal, AbortSignal.timeout(READ_TIMEOUT_MS)]);
    void compare(workspace, { sessionId, path, content, signal }).then((changes) => {
      if (!ending.signal.aborted) setKnown({ path, content, changes });
    });
    return () => ending.abort();
  }, [workspace, sessionId, path, content]);
  if (path === null) return UNKNOWN;
  return known?.path === path && known.content === content ? known.changes : null;
}

/**
 * Absolute: whether it is in the workspace, and where, the server knows. Null where the file that Claude Code writes may be another one,
 * and where secrets are masked: a mask is no change of the file.
 */
export function toReadablePath(
  tool: Pick<ToolItem, 'name' | 'server' | 'custom' | 'input' | 'secrets'>,
): string | null {
  if (categoryOf(tool) !== 'write' || (tool.secrets !== null && tool.input !== tool.secrets.original)) return null;
  const path = readText(tool.input, 'file_path');
  // Read as Claude Code reads it (2.1.332).
  if (path.trim().normalize('NFC') !== path) return null;
  return path.startsWith('/') && !path.split('/').includes('..') ? path : null;
}

interface Compared {
  sessionId: string;
  path: string;
  content: string;
  signal: AbortSignal;
}

async function compare(workspace: WorkspaceApi, { sessionId, path, content, signal }: Compared): Promise<FileChanges> {
  try {
    // A file that is not there is no failure. Neither is one outside of the workspace, also behind a link: it is not read.
    const { data } = await workspace.stamp(sessionId, [path], signal);
    if ((data[0]?.stamp ?? null) === null) return UNKNOWN;
    const { text, truncated } = await workspace.read(sessionId, path, signal);
    if (text === null) return { hunks: null, remark: p.notText };
    if (truncated) return { hunks: null, remark: p.tooLarge };
    if (text === content) return { hunks: null, remark: p.same };
    const hunks = computeHunks(text, content);
    if (hunks === null) return { hunks: null, remark: p.tooDifferent };
    const { added, removed } = countChanges(toDiffHunks(hunks));
    return { hunks, remark: p.changes(added, removed) };
  } catch {
    return { hunks: null, remark: p.unread };
  }
}
