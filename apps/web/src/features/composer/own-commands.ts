import { m } from './messages.ts';
import type { Suggestion } from './suggestions.ts';

const NAMES = ['changes', 'files', 'rename', 'fork', 'export'] as const;

/** What a slash does here in the app; it never reaches the agent. */
export type OwnCommand = (typeof NAMES)[number];

export function isOwnCommand(name: string): name is OwnCommand {
  return NAMES.some((each) => each === name);
}

/** Reads a message that is one of our commands, with what stands after it; null for every other message. Pure. */
export function parseOwnCommand(text: string): { name: OwnCommand; argument: string } | null {
  const [, name = '', argument = ''] = /^\/(\w+)(?:\s+([\s\S]*))?$/.exec(text.trim()) ?? [];
  return isOwnCommand(name) ? { name, argument: argument.trim() } : null;
}

/** Whether a message is a command, of ours or of the agent's: a path has more slashes. Pure. */
export function isCommand(text: string): boolean {
  return /^\/[\w:.-]+(?:\s|$)/.test(text.trim());
}

/** Our commands as lines of the menu. One that takes something is only written; the others are done at once. */
export function toOwnSuggestions(run: (name: OwnCommand) => void): Suggestion[] {
  return NAMES.map((name) => {
    const { detail, hint = '' }: { detail: string; hint?: string } = m.own[name];
    return {
      id: `own:${name}`,
      group: 'session',
      insert: `/${name}`,
      label: name,
      detail,
      hint,
      ...(hint === '' && { run: () => run(name) }),
    };
  });
}
