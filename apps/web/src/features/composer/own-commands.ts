import { m } from './messages.ts';
import type { Suggestion } from './suggestions.ts';

const NAMES = ['changes', 'files', 'rename', 'fork', 'export', 'reload', 'servers'] as const;

/** A slash command that the web app runs itself; it never reaches the agent. */
export type OwnCommand = (typeof NAMES)[number];

export function isOwnCommand(name: string): name is OwnCommand {
  return NAMES.some((each) => each === name);
}

/**
 * Parses a message that is one of the app's commands, with its argument. Returns null for every other message. Pure.
 */
export function parseOwnCommand(text: string): { name: OwnCommand; argument: string } | null {
  const [, name = '', argument = ''] = /^\/(\w+)(?:\s+([\s\S]*))?$/.exec(text.trim()) ?? [];
  return isOwnCommand(name) ? { name, argument: argument.trim() } : null;
}

/** Whether a message is a command of the app or of the agent. A path contains further slashes. Pure. */
export function isCommand(text: string): boolean {
  return /^\/[\w:.-]+(?:\s|$)/.test(text.trim());
}

/**
 * The app's commands as entries of the menu. A command with an argument is only written into the box; the others run at
 * once.
 */
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
