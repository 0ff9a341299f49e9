import type { PluginResource } from '@claude-sdk-pattern/protocol';
import type { ValidatedPlugin } from '@claude-sdk-pattern/server/validate-plugin';

import { RefusedError, type Send } from '../send-request.ts';
import type { ChooseGrants } from './choose-grants.ts';

export interface DevVersionsDeps {
  /** Absolute path of the plugin's folder. */
  dir: string;
  send: Send;
  chooseGrants: ChooseGrants;
}

/** The versions of one plugin that a loop of development takes in, and how it was before. */
export interface DevVersions {
  /** Whether a version of it serves. */
  readonly isServing: boolean;
  /**
   * Takes the present content in and activates it. Undefined where the server has it already.
   * @throws Error for people
   */
  take(found: ValidatedPlugin, options: { trusted: boolean }): Promise<PluginResource | undefined>;
  /** Brings the plugin back to how it was, unless it is kept. Resolves with a sentence that says how it is now. */
  end(options: { keeps: boolean }): Promise<string>;
}

/** See `DevVersions`. Secrets and configuration of the plugin stay as they are. */
export function createDevVersions({ dir, send, chooseGrants }: DevVersionsDeps): DevVersions {
  const source = { type: 'path', path: dir, dev: true };
  /** The plugin before the loop. */
  let before: { name: string; wasDisabled: boolean } | undefined;
  let last: PluginResource | undefined;

  const activate = async (plugin: PluginResource, trusted: boolean): Promise<PluginResource> => {
    const { pending, requires, granted, state, revision } = plugin;
    const { digest } = pending ?? plugin;
    const grants = await chooseGrants(pending?.requires ?? requires, granted);
    const isAgreed = state === 'active' && pending === null && sortKeys(grants) === sortKeys(granted);
    if (isAgreed && plugin.trusted === trusted) return plugin;
    return (await send('POST', `${toPath(plugin.name)}/activate`, {
      grants,
      trusted,
      digest,
      revision,
    })) as PluginResource;
  };

  return {
    get isServing() {
      return last?.state === 'active';
    },
    async take({ name, digest }, { trusted }) {
      if (before !== undefined && before.name !== name)
        throw new Error(
          `The plugin is called ${name} now, and was ${before.name}: end csp plugin dev and start it again.`,
        );
      const found = last ?? (await find(send, name));
      before ??= { name, wasDisabled: found?.state === 'disabled' };
      // As when a file is saved again without a change.
      if (found?.digest === digest && found.state === 'active' && found.pending === null) {
        last = found;
        return undefined;
      }
      if (found === undefined) last = (await send('POST', '/plugins', { source })) as PluginResource;
      else if (found.digest !== digest && found.pending?.digest !== digest)
        last = (await send('POST', `${toPath(name)}/upgrade`, { source })) as PluginResource;
      else last = found;
      last = await activate(last, trusted);
      return last;
    },
    async end({ keeps }) {
      if (before === undefined || last === undefined) return 'Nothing was taken in.';
      const { name } = before;
      if (keeps) return `${name} stays ${last.state} as it was saved last. csp plugin remove ${name} removes it.`;
      const now = await find(send, name);
      if (now === undefined) return `${name} was removed meanwhile.`;
      if (!isOfDevelopment(now)) return `${name} is as it was before.`;
      if (now.previous === null) {
        await send('DELETE', toPath(name));
        return `Removed ${name}, which was not there before. --keep leaves it.`;
      }
      const back = (await send('POST', `${toPath(name)}/roll-back`)) as PluginResource;
      if (before.wasDisabled && back.state === 'active') await send('POST', `${toPath(name)}/deactivate`);
      return `${name} is as it was before, at ${back.version ?? back.digest?.slice(0, 12)}. --keep leaves the version that was saved last.`;
    },
  };
}

/** A plugin that was only discovered was never taken in. */
async function find(send: Send, name: string): Promise<PluginResource | undefined> {
  try {
    const plugin = (await send('GET', toPath(name))) as PluginResource;
    return plugin.digest === null ? undefined : plugin;
  } catch (error) {
    if (error instanceof RefusedError && error.status === 404) return undefined;
    throw error;
  }
}

function isOfDevelopment({ source }: PluginResource): boolean {
  return source !== null && 'dev' in source && source.dev === true;
}

function toPath(name: string): string {
  return `/plugins/${encodeURIComponent(name)}`;
}

/** Of grants, for comparison. */
function sortKeys(grants: PluginResource['granted']): string {
  return JSON.stringify(Object.entries(grants ?? {}).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
