import { resolve } from 'node:path';

import { findRealPath, findRealWord } from '../../workspaces/real-path.ts';
import { classifyTool } from '../tool-class.ts';
import { judgeShell } from './judge-shell.ts';
import { toPathParts, type PathPlaces } from './path-pattern.ts';
import type { RuledCall, RuledPath } from './ruled-call.ts';

/** Folders of a session, as absolute paths. */
export interface CallFolders {
  workspaceDir: string;
  /** Where the agent's commands and relative paths begin. */
  workingDir: string;
  /** HOME of the agent. */
  homeDir: string;
}

export interface CallToRule {
  toolName: string;
  input: Readonly<Record<string, unknown>>;
  /** Those that the call names, as they stand in its input. */
  paths: readonly string[];
  /** Whether a command only reads in the workspace, run where the agent's commands run. */
  readsOnly(command: string): boolean;
}

export function toRuledCall({ toolName, input, paths, readsOnly }: CallToRule, folders: CallFolders): RuledCall {
  const { workspaceDir, workingDir, homeDir } = folders;
  const isFileTool = ['read', 'edit'].includes(classifyTool(toolName));
  const { command } = input;
  const isScript = classifyTool(toolName) === 'shell' && toolName !== 'PowerShell' && typeof command === 'string';
  const findPlaces = once((): PathPlaces => ({ workspace: toSpellings(workspaceDir), home: toSpellings(homeDir) }));
  const toParts = (path: string) => toPathParts(path, findPlaces());
  const toRuledPath = (given: string, real: string | undefined): RuledPath => ({
    given: toParts(given),
    real: real === undefined ? undefined : toParts(real),
  });
  // As the CLI reads a path (2.1.330): without blanks around it, composed, with `~` for the home folder.
  const readPath = (path: string) => {
    const plain = path
      .trim()
      .normalize('NFC')
      .replace(/^~(?=\/|$)/, () => homeDir);
    return toRuledPath(resolve(workingDir, plain), findRealPath(plain, workingDir));
  };
  const findPaths = once(() => (isFileTool && paths.length === 0 ? [workingDir] : paths).map(readPath));
  const findScript = once(() => (isScript ? judgeShell(command) : undefined));
  const words = new Map<string, RuledPath>();
  return {
    ...{ toolName, input },
    get paths() {
      return findPaths();
    },
    script: findScript,
    readsOnly: (text) => findScript()?.mayMove !== true && readsOnly(text),
    toPath(word) {
      const script = findScript();
      if (!word.startsWith('/') && (script?.mayMove === true || script?.doubt !== undefined)) return undefined;
      const known = words.get(word);
      if (known !== undefined) return known;
      const realDir = findRealPath(workingDir, workspaceDir);
      const path = toRuledPath(resolve(workingDir, word), realDir && findRealWord(word, realDir));
      words.set(word, path);
      return path;
    },
  };
}

/** Computes at the first call. */
function once<T>(compute: () => T): () => T {
  let computed: { value: T } | undefined;
  return () => (computed ??= { value: compute() }).value;
}

function toSpellings(dir: string): string[] {
  const real = findRealPath(dir, '/');
  return real === undefined || real === dir ? [dir] : [dir, real];
}
