import { useMemo } from 'react';

import type { Api } from '../../api/api.ts';
import { useServices } from '../../services/services.ts';
import { useSession } from '../../session/session-context.ts';
import { isOwnCommand, toOwnSuggestions, type OwnCommand } from './own-commands.ts';
import { filterCommands, toMention, type Suggestion, type SuggestionSource } from './suggestions.ts';

/** The suggestions of a session's message box: the app's commands, the agent's commands, and the workspace's files. */
export function useSuggestionSource(run: (name: OwnCommand) => void): SuggestionSource {
  const { api } = useServices();
  const sessionId = useSession((state) => state.sessionId);
  const listOfAgent = useMemo(() => rememberCommands(api, sessionId), [api, sessionId]);
  return useMemo(() => {
    const own = toOwnSuggestions(run);
    return {
      hasFiles: true,
      async find({ kind, query }, signal) {
        if (kind === 'command') {
          return { items: filterCommands([...own, ...(await listOfAgent())], query), truncated: false };
        }
        const { data, truncated } = await api.workspace.find(sessionId, query, signal);
        return { items: data.map(({ path }) => toFileSuggestion(path)), truncated };
      },
    };
  }, [api, sessionId, listOfAgent, run]);
}

/** MCP servers may come later, and change their prompts. */
const FRESH_MS = 5000;

/** Requests the commands, and again when the list is no longer fresh, or empty: no process of this kind has reported its commands. */
function rememberCommands(api: Pick<Api, 'listCommands'>, sessionId: string): () => Promise<readonly Suggestion[]> {
  let known: readonly Suggestion[] = [];
  let knownAt = 0;
  return async () => {
    if (known.length > 0 && performance.now() - knownAt < FRESH_MS) return known;
    // The app's own commands work without the agent's.
    const answer = await api.listCommands(sessionId).catch(() => undefined);
    if (answer === undefined) return known;
    knownAt = performance.now();
    known = answer.data
      .filter(({ name }) => !isOwnCommand(name))
      .map(({ name, description, argument_hint: hint, plugin }) => ({
        id: `agent:${name}`,
        group: 'agent',
        insert: `/${name}`,
        label: name,
        detail: description,
        hint,
        ...(plugin !== null && { plugin }),
      }));
    return known;
  };
}

function toFileSuggestion(path: string): Suggestion {
  return { id: `file:${path}`, group: 'file', insert: toMention(path), label: path, detail: '', hint: '' };
}
