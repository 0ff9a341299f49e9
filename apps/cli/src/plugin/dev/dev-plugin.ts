import { resolve } from 'node:path';

import type { PluginProblemResource, SessionReload } from '@claude-sdk-pattern/protocol';
import { CspError } from '@claude-sdk-pattern/protocol';
import { validatePlugin, type ValidatedPlugin } from '@claude-sdk-pattern/server/validate-plugin';

import type { CliContext } from '../../cli-context.ts';
import { describeProblems } from '../print-plugins.ts';
import type { PluginOptions } from '../plugin-options.ts';
import type { Send } from '../send-request.ts';
import { createGrantChoice } from './choose-grants.ts';
import { createDevVersions } from './dev-versions.ts';
import { listenForStop } from './listen-for-stop.ts';
import { watchFolder } from './watch-folder.ts';

const MAX_SHOWN_PATHS = 3;

/**
 * `csp plugin dev`: takes a folder in, and again after each change, until it is stopped. What is wrong with one version is
 * printed, and the version before goes on serving. In the end the plugin is as it was before, or removed.
 * @throws Error for people where the folder is not there. Exit code 0 once it was stopped
 */
export async function devPlugin(options: PluginOptions, context: CliContext & { send: Send }): Promise<number> {
  const { print, printError, send } = context;
  const dir = resolve(options.target ?? '.');
  using stop = listenForStop(context.signal);
  const changes = watchFolder(dir, stop.signal);
  const versions = createDevVersions({ dir, send, chooseGrants: createGrantChoice(options, context) });
  const take = async (changed: readonly string[]) => {
    const startedMs = performance.now();
    try {
      const found = await check(dir);
      const plugin = await versions.take(found, { trusted: options.trusted });
      if (plugin === undefined) {
        if (changed.length === 0) print(`${found.name} serves this content already.`);
        return;
      }
      const tookMs = Math.round(performance.now() - startedMs);
      print(`Taken in ${tookMs} ms${describeChange(changed)}: ${describe(found)}`);
      if (plugin.problems.length > 0) print(describeProblems(plugin.problems).trimStart().replace(/^/, '  '));
      if (plugin.state === 'active') print(await describeSessions(options.session, send));
    } catch (error) {
      if (stop.signal.aborted) return;
      const message = error instanceof Error ? error.message : String(error);
      printError(
        `Not taken${describeChange(changed)}: ${message}${versions.isServing ? '\nThe version before serves.' : ''}`,
      );
    }
  };
  print(`Watching ${dir}. Ctrl+C ends it.`);
  await take([]);
  for await (const changed of changes) await take(changed);
  print(await versions.end({ keeps: options.keep }));
  return 0;
}

/** @throws Error for people, with every problem */
async function check(dir: string): Promise<ValidatedPlugin> {
  try {
    return await validatePlugin(dir, { isArchive: false, runsModules: true });
  } catch (error) {
    const problems = error instanceof CspError ? error.details?.['problems'] : undefined;
    if (!Array.isArray(problems)) throw error;
    throw new Error(`it cannot be used.${describeProblems(problems as PluginProblemResource[])}`, { cause: error });
  }
}

async function describeSessions(session: string | undefined, send: Send): Promise<string> {
  if (session === undefined) return '  New sessions have it; /reload in a chat takes it there.';
  try {
    const { when } = (await send('POST', `/sessions/${encodeURIComponent(session)}/reload`)) as SessionReload;
    return `  New sessions have it, and ${session} has it with its next message${when === 'now' ? '' : ' after this turn'}.`;
  } catch (error) {
    return `  New sessions have it. ${session} was not reloaded: ${error instanceof Error ? error.message : String(error)}`;
  }
}

function describe({ name, version, parts }: ValidatedPlugin): string {
  return `${name}${version === null ? '' : ` ${version}`} with ${parts.map(({ kind, name: part }) => `${kind} ${part}`).join(', ')}`;
}

function describeChange(changed: readonly string[]): string {
  if (changed.length === 0) return '';
  const more = changed.length > MAX_SHOWN_PATHS ? ` and ${changed.length - MAX_SHOWN_PATHS} more` : '';
  return ` (${changed.slice(0, MAX_SHOWN_PATHS).join(', ')}${more})`;
}
