import { createInterface } from 'node:readline/promises';

import type { PluginResource } from '@claude-sdk-pattern/protocol';

import type { CliContext } from '../../cli-context.ts';
import type { PluginOptions } from '../plugin-options.ts';

type Grants = PluginResource['requires'];

/** What is granted of what a version asks for, given what the plugin has already. */
export type ChooseGrants = (asked: Grants, has: Grants | null) => Promise<Grants>;

const KINDS = ['hooks', 'hosts', 'secrets', 'permissions'] as const;

/**
 * Grants what the options name and what was granted before. At a terminal a person is asked about the rest, once for each;
 * elsewhere it is not granted, and the plugin's problems say so.
 */
export function createGrantChoice(
  { grants = {}, grantsAll }: Pick<PluginOptions, 'grants' | 'grantsAll'>,
  { print }: Pick<CliContext, 'print'>,
): ChooseGrants {
  const answers = new Map<string, boolean>();
  const decide = async (kind: string, name: string): Promise<boolean> => {
    const what = `${kind}=${name}`;
    if (grantsAll || grants[kind]?.includes(name) === true) return true;
    if (!process.stdin.isTTY) {
      if (!answers.has(what)) print(`It asks for ${what}. To grant it, start again with --grant '${what}'.`);
      answers.set(what, false);
    }
    const isGranted = answers.get(what) ?? (await ask(`It asks for ${what}. Grant it? [y/N] `));
    answers.set(what, isGranted);
    return isGranted;
  };
  return async (asked, has) => {
    const chosen: Record<(typeof KINDS)[number], string[]> = { hooks: [], hosts: [], secrets: [], permissions: [] };
    for (const kind of KINDS)
      for (const name of asked[kind])
        if (has?.[kind].includes(name) === true || (await decide(kind, name))) chosen[kind].push(name);
    return chosen;
  };
}

async function ask(question: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return /^y(?:es)?$/i.test((await terminal.question(question)).trim());
  } finally {
    terminal.close();
  }
}
