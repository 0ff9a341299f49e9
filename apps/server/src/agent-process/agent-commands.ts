import type { SlashCommand } from '@anthropic-ai/claude-agent-sdk';
import type { AgentCommand } from '@claude-sdk-pattern/protocol';

import { makeRoom } from '../lib/make-room.ts';
import type { ProfileSettings } from './options/profile-settings.ts';

/**
 * Claude Code's own commands that make sense here (2.1.330). The others are for its terminal and its settings, and
 * some would break a session: `/clear` begins another transcript. Commands of skills, plugins and MCP servers are
 * always offered.
 */
const OWN_COMMANDS: ReadonlySet<string> = new Set([
  'code-review',
  'compact',
  'context',
  'init',
  'run',
  'security-review',
  'simplify',
  'verify',
]);

/** Most profiles whose commands are remembered. The default one reports again with every spare. */
const MAX_REMEMBERED = 200;
const MAX_DESCRIPTION_CHARS = 160;

/** The slash commands that agents of each profile have reported. In memory: every process reports them again. */
export interface AgentCommandBook {
  note(settings: ProfileSettings, commands: readonly SlashCommand[]): void;
  /** Empty until a process of this profile has been started. */
  find(settings: ProfileSettings): readonly AgentCommand[];
}

export function createAgentCommandBook(): AgentCommandBook {
  const known = new Map<string, readonly AgentCommand[]>();
  return {
    note(settings, commands) {
      const key = JSON.stringify(settings);
      known.delete(key);
      makeRoom(known, MAX_REMEMBERED);
      known.set(key, toAgentCommands(commands, settings.plugins));
    },
    find: (settings) => known.get(JSON.stringify(settings)) ?? [],
  };
}

/** The offered commands, each name once, sorted by name. Those of a plugin begin with its name (CLI 2.1.332). */
export function toAgentCommands(
  commands: readonly SlashCommand[],
  plugins: ProfileSettings['plugins'] = [],
): AgentCommand[] {
  const findPlugin = (name: string) => {
    const found = plugins.find((plugin) => name.startsWith(`${plugin.name}:`));
    return found === undefined ? null : { name: found.name, display_name: found.displayName };
  };
  const offered = new Map<string, AgentCommand>();
  for (const { name, description, argumentHint, builtin } of commands) {
    if (builtin === true && !OWN_COMMANDS.has(name)) continue;
    // Of two with the same name Claude Code runs its own.
    if (offered.has(name) && builtin !== true) continue;
    const plugin = findPlugin(name);
    // The CLI puts the plugin before the description (2.1.332).
    const told = plugin === null ? description : description.replace(`(${plugin.name}) `, '');
    offered.set(name, { name, description: shorten(told), argument_hint: argumentHint, plugin });
  }
  return [...offered.values()].toSorted((a, b) => a.name.localeCompare(b.name, 'en'));
}

/** The first sentence: descriptions of skills are written for models, and are long. */
function shorten(description: string): string {
  const plain = description.replaceAll(/\s+/g, ' ').trim();
  const sentence = /^.*?\.(?= \p{Lu}|$)/u.exec(plain)?.[0].slice(0, -1) ?? plain;
  return sentence.length <= MAX_DESCRIPTION_CHARS ? sentence : `${sentence.slice(0, MAX_DESCRIPTION_CHARS - 1)}…`;
}
