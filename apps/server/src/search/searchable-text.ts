import type { SessionEvent } from '@claude-sdk-pattern/protocol';

import type { SearchKind } from '../store/search-query.ts';

/** What of an event is searched. */
export interface SearchableText {
  kind: Exclude<SearchKind, 'title'>;
  text: string;
}

/** The only events that have something to search. */
export const SEARCHED_TYPES = ['user.message', 'agent.message', 'agent.tool_use'] as const;

/** The text of an event by which its session is found: what people and the agent said, commands, and names of files. */
export function toSearchableText(event: SessionEvent): SearchableText | undefined {
  switch (event.type) {
    case 'user.message':
      return toText('message', joinTexts(event.content));
    case 'agent.message':
      return toText('answer', joinTexts(event.content));
    case 'agent.tool_use':
      // Nobody finds, or is shown, a command by the secret in it.
      return event.secrets?.length ? undefined : toCallText(event.input);
    default:
      return undefined;
  }
}

function toCallText(input: unknown): SearchableText | undefined {
  if (typeof input !== 'object' || input === null) return undefined;
  const { command, file_path: file, notebook_path: notebook } = input as Record<string, unknown>;
  if (typeof command === 'string') return toText('command', command);
  return toText('file', [file, notebook].find((path) => typeof path === 'string') ?? '');
}

function joinTexts(content: readonly { type: string }[]): string {
  return content
    .map((block) => {
      if (block.type === 'text') return (block as { text?: string }).text ?? '';
      // The name of a file that was sent along.
      return (block as { title?: string | null }).title ?? '';
    })
    .filter((text) => text !== '')
    .join('\n');
}

function toText(kind: SearchableText['kind'], text: string): SearchableText | undefined {
  return text === '' ? undefined : { kind, text };
}
