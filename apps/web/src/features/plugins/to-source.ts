import type { PluginArchive, PluginSource } from '../../api/plugin-api.ts';
import { t } from './messages.ts';

export type Way = keyof typeof t.ways;

/** What is typed in the dialogue, whatever way is chosen. */
export interface SourceDraft {
  way: Way;
  path: string;
  package: string;
  version: string;
  repository: string;
  ref: string;
  folder: string;
  plugin: string;
  file: File | null;
  name: string;
  command: string;
  args: string;
  env: string;
  url: string;
  headers: string;
  transport: 'http' | 'sse';
}

export const emptyDraft: SourceDraft = {
  ...{ way: 'npm', path: '', package: '', version: '', repository: '', ref: '', folder: '', plugin: '', file: null },
  ...{ name: '', command: '', args: '', env: '', url: '', headers: '', transport: 'http' },
};

/** What the server takes for a draft, or why it cannot be sent. */
export type ReadSource = { source: PluginSource | PluginArchive } | { problem: string };

export function toSource(draft: SourceDraft): ReadSource {
  const plugin = filled('plugin', draft.plugin);
  switch (draft.way) {
    case 'path':
      return { source: { type: 'path', path: draft.path.trim(), ...plugin } };
    case 'npm':
      return withPairs(draft.env, { separator: '=', problem: t.badEnv }, (env) => ({
        ...{ type: 'npm', name: draft.package.trim(), ...filled('version', draft.version), ...plugin },
        ...(draft.args.trim() !== '' && { args: toLines(draft.args) }),
        ...(env && { env }),
      }));
    case 'git': {
      const place = { ...filled('ref', draft.ref), ...filled('path', draft.folder) };
      return { source: { type: 'git', url: draft.repository.trim(), ...place, ...plugin } };
    }
    case 'archive':
      return draft.file === null
        ? { problem: t.chooseFile }
        : { source: { type: 'archive', file: draft.file, ...plugin } };
    case 'command':
      return withPairs(draft.env, { separator: '=', problem: t.badEnv }, (env) => ({
        ...{ type: 'mcp', name: draft.name.trim(), command: draft.command.trim() },
        ...(draft.args.trim() !== '' && { args: toLines(draft.args) }),
        ...(env && { env }),
      }));
    case 'url':
      return withPairs(draft.headers, { separator: ':', problem: t.badHeader }, (headers) => ({
        ...{ type: 'mcp', name: draft.name.trim(), url: draft.url.trim(), transport: draft.transport },
        ...(headers && { headers }),
      }));
  }
}

function filled<Key extends string>(key: Key, text: string): { [key in Key]?: string } {
  return text.trim() === '' ? {} : ({ [key]: text.trim() } as { [key in Key]: string });
}

function toLines(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

/** Reads a pair from each line. */
function withPairs(
  text: string,
  { separator, problem }: { separator: string; problem: (line: string) => string },
  toPlugin: (pairs: Record<string, string> | undefined) => PluginSource,
): ReadSource {
  const pairs: [string, string][] = [];
  for (const line of toLines(text)) {
    const at = line.indexOf(separator);
    // The line may hold a secret: only its beginning is shown.
    if (at < 1) return { problem: problem(line.length > 12 ? `${line.slice(0, 8)}…` : line) };
    pairs.push([line.slice(0, at).trim(), line.slice(at + 1).trim()]);
  }
  return { source: toPlugin(pairs.length === 0 ? undefined : Object.fromEntries(pairs)) };
}
