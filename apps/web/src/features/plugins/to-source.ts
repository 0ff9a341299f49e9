import type { PluginArchive, PluginSource } from '../../api/plugin-api.ts';
import type { t } from './messages.ts';
import { toLines, toPairs } from './to-lines.ts';

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

/** What the server takes for a draft that nothing is wrong with. */
export function toSource(draft: SourceDraft): PluginSource | PluginArchive {
  const plugin = filled('plugin', draft.plugin);
  const called = {
    ...(draft.args.trim() !== '' && { args: toLines(draft.args) }),
    ...(draft.env.trim() !== '' && { env: toPairs(draft.env, '=') }),
  };
  switch (draft.way) {
    case 'path':
      return { type: 'path', path: draft.path.trim(), ...plugin };
    case 'npm':
      return { type: 'npm', name: draft.package.trim(), ...filled('version', draft.version), ...plugin, ...called };
    case 'git': {
      const place = { ...filled('ref', draft.ref), ...filled('path', draft.folder) };
      return { type: 'git', url: draft.repository.trim(), ...place, ...plugin };
    }
    case 'archive':
      if (draft.file === null) throw new Error('An archive needs its file');
      return { type: 'archive', file: draft.file, ...plugin };
    case 'command':
      return { type: 'mcp', name: draft.name.trim(), command: draft.command.trim(), ...called };
    case 'url':
      return {
        ...{ type: 'mcp', name: draft.name.trim(), url: draft.url.trim(), transport: draft.transport },
        ...(draft.headers.trim() !== '' && { headers: toPairs(draft.headers, ':') }),
      };
  }
}

function filled<Key extends string>(key: Key, text: string): { [key in Key]?: string } {
  return text.trim() === '' ? {} : ({ [key]: text.trim() } as { [key in Key]: string });
}
