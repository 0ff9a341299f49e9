import { refuseFile } from './problem.ts';
import { AGENT_PLUGIN } from './skills/agent-plugin.ts';
import { isWorkspacePlugin } from './workspace/workspace-plugin.ts';

const MAX_CHARS = 64;

/**
 * The registry's name of a plugin: its own in lower case letters, digits and `-`, 64 characters at most.
 * @throws CspError `invalid_request` where nothing of the name is left.
 */
export function toRegistryName(name: string): string {
  const made = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, MAX_CHARS)
    .replace(/-+$/, '');
  // The skills of agents, and what repositories bring, are called by it.
  if (made === AGENT_PLUGIN || isWorkspacePlugin(made)) return `${made}-plugin`;
  if (made !== '') return made;
  throw refuseFile(null, 'Its name has no letter and no digit', 'Give the plugin a name of letters, digits and -');
}

/** The name of a plugin that is a package: without its scope, unless the rest alone says too little. */
export function toPackagePluginName(packageName: string): string {
  const [, scope, rest] = /^@([^/]+)\/(.+)$/.exec(packageName) ?? [];
  if (scope === undefined || rest === undefined) return packageName;
  return /^(?:mcp|server|mcp-server|plugin|cli)$/.test(rest) ? `${scope}-${rest}` : rest;
}
