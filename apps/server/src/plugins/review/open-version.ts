import { open } from 'node:fs/promises';
import { join, posix } from 'node:path';

import { collectHooks } from '../delivery/collect-hooks.ts';
import type { PluginRelease } from '../plugin-release.ts';
import type { PluginPart } from '../plugin-set.ts';
import { toText } from './compare-content.ts';
import type { HooksByEvent } from './describe-definition.ts';

/** One version of a plugin, with what this server has of it. */
export interface OpenVersion {
  release: PluginRelease;
  /** Absolute path of its content; null where it has none, or this server does not have it. */
  contentDir: string | null;
  hooks: HooksByEvent;
}

export async function openVersion(release: PluginRelease, contentDir: string | null): Promise<OpenVersion> {
  const events = new Set(release.parts.flatMap(({ kind, name }) => (kind === 'hook' ? [name] : [])));
  const dir = contentDir === null ? null : join(contentDir, release.root ?? '');
  return { release, contentDir, hooks: await collectHooks({ dir, manifest: release.manifest }, events) };
}

/** The text of a skill, command or subagent, in the content; undefined for what has none. */
export function findTextFile({ root }: PluginRelease, { kind, file }: PluginPart): string | undefined {
  if (file === undefined || (kind !== 'skill' && kind !== 'command' && kind !== 'agent')) return undefined;
  return posix.join(root ?? '', file.endsWith('.md') ? file : `${file}/SKILL.md`);
}

/** What a file cannot be shown for. */
export type Unreadable = 'binary' | 'too_large';

/** Larger texts are not compared. */
const MAX_TEXT_BYTES = 256 * 1024;

/** @param path In the content. @returns '' for a file that is not there. */
export async function readText(contentDir: string, path: string): Promise<{ text: string } | { whyNot: Unreadable }> {
  const file = await open(join(contentDir, path), 'r').catch(() => undefined);
  if (file === undefined) return { text: '' };
  await using opened = file;
  const { size } = await opened.stat();
  if (size > MAX_TEXT_BYTES) return { whyNot: 'too_large' };
  const text = toText(await opened.readFile());
  return text === undefined ? { whyNot: 'binary' } : { text };
}
