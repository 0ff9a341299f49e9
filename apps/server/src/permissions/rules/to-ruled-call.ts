import { resolve } from 'node:path';

import { findRealPath, findRealWord } from '../../workspaces/real-path.ts';
import { classifyTool } from '../tool-class.ts';
import { judgeShell, type JudgedScript } from './judge-shell.ts';
import type { PathPlaces } from './path-pattern.ts';
import type { RuledCall, RuledPath } from './ruled-call.ts';

/** Folders of a session, as absolute paths. */
export interface CallFolders {
  workspaceDir: string;
  /** Where the agent's commands and relative paths begin. */
  workingDir: string;
  /** HOME of the agent. */
  homeDir: string;
}

/** `paths` are those that the call names, as they stand in its input. */
export function toRuledCall(
  { toolName, input, paths }: { toolName: string; input: Readonly<Record<string, unknown>>; paths: readonly string[] },
  folders: CallFolders,
): RuledCall {
  const { workspaceDir, workingDir, homeDir } = folders;
  let script: JudgedScript | undefined;
  let places: PathPlaces | undefined;
  const isFileTool = ['read', 'edit'].includes(classifyTool(toolName));
  const named = isFileTool && paths.length === 0 ? [workingDir] : paths;
  const { command } = input;
  return {
    ...{ toolName, input },
    paths: named.map((path) => toRuledPath(path, folders)),
    get places() {
      places ??= { workspace: toSpellings(workspaceDir), home: toSpellings(homeDir) };
      return places;
    },
    script() {
      if (classifyTool(toolName) !== 'shell' || toolName === 'PowerShell' || typeof command !== 'string')
        return undefined;
      script ??= judgeShell(command);
      return script;
    },
    toPath(word) {
      if (!word.startsWith('/') && (script?.mayMove === true || script?.doubt !== undefined)) return undefined;
      const realDir = findRealPath(workingDir, workspaceDir);
      return { given: resolve(workingDir, word), real: realDir && findRealWord(word, realDir) };
    },
  };
}

/** As the CLI reads a path (2.1.330): without blanks around it, composed, with `~` for the home folder. */
function toRuledPath(path: string, { workingDir, homeDir }: CallFolders): RuledPath {
  const plain = path
    .trim()
    .normalize('NFC')
    .replace(/^~(?=\/|$)/, () => homeDir);
  return { given: resolve(workingDir, plain), real: findRealPath(plain, workingDir) };
}

function toSpellings(dir: string): string[] {
  const real = findRealPath(dir, '/');
  return real === undefined || real === dir ? [dir] : [dir, real];
}
