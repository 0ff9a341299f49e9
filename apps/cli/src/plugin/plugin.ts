import { readFile } from 'node:fs/promises';
import { basename, resolve } from 'node:path';

import {
  CspError,
  type PluginFileReviewResource,
  type PluginProblemResource,
  type PluginResource,
  type PluginReviewResource,
} from '@claude-sdk-pattern/protocol';
import { validatePlugin } from '@claude-sdk-pattern/server/validate-plugin';

import { toMarkedText } from '../chat/terminal-text.ts';
import type { CliContext } from '../cli-context.ts';
import { devPlugin } from './dev/dev-plugin.ts';
import { newPlugin } from './new-plugin.ts';
import { isArchive, parsePluginOptions, PLUGIN_HELP, type GivenSource, type PluginOptions } from './plugin-options.ts';
import { describePlugin, describeWayBack, describeProblems, describeWhole, listPlugins } from './print-plugins.ts';
import { describeFileReview, describeReview } from './print-review.ts';
import { runPluginTests } from './run-plugin-tests.ts';
import { createSender, RefusedError, type Send } from './send-request.ts';
import { tryPlugin } from './try-plugin.ts';
import { tellFailure } from '../tell-failure.ts';

/** `csp plugin`. Exit code 1: refused or not valid; 2: unknown command or option. */
export async function plugin(args: readonly string[], context: CliContext): Promise<number> {
  const parsed = parsePluginOptions(args);
  if (parsed.kind === 'help') {
    context.print(PLUGIN_HELP);
    return 0;
  }
  if (parsed.kind === 'wrong') {
    context.printError(`${parsed.problem} See csp plugin --help.`);
    return 2;
  }
  try {
    return await run(parsed.options, context);
  } catch (error) {
    return tellFailure(context, error);
  }
}

async function run(options: PluginOptions, context: CliContext): Promise<number> {
  const { command, target = '', json } = options;
  if (command === 'new') {
    const dir = await newPlugin(target, options.kind);
    context.print(
      `Made ${dir}. csp plugin test ${target} runs its tests; csp plugin dev ${target} serves it while you work on it.`,
    );
    return 0;
  }
  if (command === 'validate') return validate(target, options, context);
  if (command === 'try') {
    context.print(await tryPlugin(resolve(target), options.tool, options.input));
    return 0;
  }
  if (command === 'test') return runPluginTests(resolve(target));
  const send = createSender(options, context);
  if (command === 'dev') return devPlugin(options, { ...context, send });
  // Names and texts are the plugin's.
  const show = (answer: unknown, text: string) =>
    context.print(json ? JSON.stringify(answer, undefined, 2) : toMarkedText(text));
  const path = `/plugins/${encodeURIComponent(target)}`;
  switch (command) {
    case 'list': {
      const answer = (await send('GET', '/plugins')) as { data: PluginResource[] };
      show(answer, listPlugins(answer.data));
      return 0;
    }
    case 'show': {
      const answer = (await send('GET', path)) as PluginResource;
      const review = json || answer.pending === null ? undefined : await findReview(send, path);
      show(answer, describeWhole(answer, review));
      return 0;
    }
    case 'review': {
      const { file, version } = options;
      const query = new URLSearchParams({ ...(version && { version }), ...(file !== undefined && { path: file }) });
      const answer = await send('GET', `${path}/review${file === undefined ? '' : '/file'}?${query.toString()}`);
      show(
        answer,
        file === undefined
          ? describeReview(answer as PluginReviewResource)
          : describeFileReview(answer as PluginFileReviewResource),
      );
      return 0;
    }
    case 'remove':
      await send('DELETE', path);
      context.print(`Removed ${target}.`);
      return 0;
    case 'activate': {
      const { trusted, revision } = options;
      const grants = options.grantsAll ? await findAllGrants(send, path) : options.grants;
      const body = {
        ...(grants !== undefined && { grants }),
        ...(trusted && { trusted }),
        ...(revision !== undefined && { revision }),
      };
      const answer = (await send('POST', `${path}/activate`, body)) as PluginResource;
      show(answer, describePlugin(answer));
      return 0;
    }
    case 'add':
    case 'upgrade':
    case 'deactivate':
    case 'roll-back': {
      const body = options.source && (await toBody(options.source, options.plugin));
      const answer = (await send(
        'POST',
        command === 'add' ? '/plugins' : `${path}/${command}`,
        body,
      )) as PluginResource;
      const isToReview = !json && (command === 'add' || answer.pending !== null);
      const review = isToReview ? await findReview(send, `/plugins/${answer.name}`) : undefined;
      show(answer, `${describePlugin(answer, review)}${command === 'roll-back' ? describeWayBack(answer) : ''}`);
      return 0;
    }
  }
}

/** Undefined for who may not see it, and of a server that has none. */
async function findReview(send: Send, path: string): Promise<PluginReviewResource | undefined> {
  try {
    return (await send('GET', `${path}/review`)) as PluginReviewResource;
  } catch (error) {
    if (error instanceof RefusedError) return undefined;
    throw error;
  }
}

async function validate(
  path: string,
  { plugin: name, json, isStatic }: PluginOptions,
  context: CliContext,
): Promise<number> {
  try {
    const from = { plugin: name, isArchive: isArchive(path), runsModules: !isStatic };
    const found = await validatePlugin(resolve(path), from);
    const summary = `${found.name} ${found.version ?? ''}`.trim();
    const parts = found.parts.map(({ kind, name: part }) => `  ${kind} ${part}`).join('\n');
    const unread = isStatic && found.modules.length > 0 ? `\nNot compared with ${found.modules.join(', ')}.` : '';
    const text = `${summary} can be taken in. It brings\n${parts}${unread}${describeProblems(found.problems)}`;
    context.print(json ? JSON.stringify(found, undefined, 2) : toMarkedText(text));
    return 0;
  } catch (error) {
    const problems = error instanceof CspError ? error.details?.['problems'] : undefined;
    if (!Array.isArray(problems)) throw error;
    if (json) context.print(JSON.stringify({ problems }, undefined, 2));
    else context.printError(`It cannot be used.${describeProblems(problems as PluginProblemResource[])}`);
    return 1;
  }
}

async function findAllGrants(send: Send, path: string) {
  const { requires, pending } = (await send('GET', path)) as PluginResource;
  return (pending ?? { requires }).requires;
}

/** Paths are the server's: on the machine of the server they are the same. Archives are sent. */
async function toBody(source: GivenSource, name: string | undefined): Promise<unknown> {
  if ('body' in source) {
    const { path, type } = source.body;
    return { source: type === 'path' ? { ...source.body, path: resolve(String(path)) } : source.body };
  }
  const form = new FormData();
  if (name !== undefined) form.set('plugin', name);
  form.set('file', new Blob([await readFile(source.archive)]), basename(source.archive));
  return form;
}
