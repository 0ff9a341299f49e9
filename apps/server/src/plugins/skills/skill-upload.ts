import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import { CspError } from '@claude-sdk-pattern/protocol';

import type { StagingFolder } from '../content/content-store.ts';
import { ContentWriter } from '../content/content-writer.ts';
import { unpackArchive } from '../content/unpack-archive.ts';
import { createPluginFiles } from '../manifest/plugin-files.ts';
import { toRefusal, type PluginProblem } from '../problem.ts';
import { readSkill, type SkillText } from './read-skill.ts';

/** As Anthropic's API takes. */
const MAX_SKILL_BYTES = 30 * 1024 * 1024;
export const MAX_SKILL_FILES = 1000;
const ARCHIVE = /^[^/\\]+\.(?:zip|skill)$/i;
/** What the Finder of macOS adds to folders and archives. */
const OF_FINDER = /^(?:__MACOSX\/.*|(?:.*\/)?\.DS_Store)$/s;

/** A skill that was read, with its content staged. */
export interface ReadySkill extends SkillText {
  /** Absolute path of its folder. */
  path: string;
  digest: string;
  sizeBytes: number;
}

/** The files of a skill on their way in, or one archive of them. Dispose of it, used or not. */
export class SkillUpload {
  readonly #staged: StagingFolder;
  readonly #writer: ContentWriter;
  readonly #dir: string;
  #bytes = 0;
  #isArchive = false;

  private constructor(staged: StagingFolder) {
    this.#staged = staged;
    this.#dir = join(staged.path, 'content');
    this.#writer = new ContentWriter(this.#dir, {
      ...{ maxBytes: MAX_SKILL_BYTES, maxFiles: MAX_SKILL_FILES, setting: null },
    });
  }

  static async open(staged: StagingFolder): Promise<SkillUpload> {
    const upload = new SkillUpload(staged);
    await mkdir(upload.#dir);
    return upload;
  }

  /**
   * @param filename The path in the skill, with its top-level directory; or the name of a .zip or .skill.
   * @throws CspError `invalid_request` for what is not taken, `too_large` above 30 MB.
   */
  async add(filename: string, source: Readable): Promise<void> {
    if (this.#isArchive || (ARCHIVE.test(filename) && this.#writer.paths.length > 0))
      throw refuse(filename, 'comes with other files', 'Send the archive alone, or the files one by one');
    const counted = this.#count(source);
    try {
      if (ARCHIVE.test(filename)) await this.#unpack(counted);
      else await this.#writer.addFile(filename, counted);
    } catch (error) {
      source.resume();
      throw toSkillRefusal(error);
    }
  }

  /** @throws CspError `invalid_request` with the problems, for what is no skill. */
  async finish(): Promise<ReadySkill> {
    const top = this.#findTop();
    const folder = createPluginFiles(this.#dir, this.#writer.paths).within(top);
    const text = await readSkill(folder, top);
    const path = top === '' ? this.#dir : join(this.#dir, top);
    return { ...text, path, digest: this.#writer.digest(top), sizeBytes: MAX_SKILL_BYTES - this.#writer.bytesLeft };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve(this.#staged[Symbol.asyncDispose]());
  }

  async #unpack(source: AsyncIterable<Buffer>): Promise<void> {
    const path = join(this.#staged.path, 'archive');
    await pipeline(source, createWriteStream(path, { mode: 0o600 }));
    this.#isArchive = true;
    await unpackArchive(path, this.#writer);
  }

  async *#count(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of source) {
      this.#bytes += chunk.length;
      if (this.#bytes > MAX_SKILL_BYTES)
        throw new CspError('too_large', `A skill may have ${MAX_SKILL_BYTES / 1024 / 1024} MB at most`, {
          details: { field: 'files', limit_bytes: MAX_SKILL_BYTES },
        });
      yield chunk;
    }
  }

  /** Empty for an archive without a folder around its files. */
  #findTop(): string {
    const { paths } = this.#writer;
    if (paths.length === 0)
      throw new CspError('invalid_request', 'The form has no file in "files"', { details: { field: 'files' } });
    if (this.#isArchive && paths.includes('SKILL.md')) return '';
    const own = paths.filter((path) => !OF_FINDER.test(path));
    const tops = new Set(own.map((path) => (path.includes('/') ? (path.split('/')[0] ?? '') : '')));
    const [top = ''] = tops;
    if (tops.size === 1 && top !== '') return top;
    const loose = own.find((path) => !path.includes('/')) ?? null;
    throw refuse(
      loose,
      'All files must be in the same top-level directory',
      'Name each file with its directory, as in my-skill/SKILL.md',
    );
  }
}

function refuse(file: string | null, message: string, remedy: string): CspError {
  return toRefusal([{ file, field: null, message, remedy }], 'skill');
}

/** The content of plugins is checked in the same way, and says so. */
function toSkillRefusal(error: unknown): unknown {
  const problems = error instanceof CspError ? (error.details?.['problems'] as PluginProblem[] | undefined) : undefined;
  return problems === undefined ? error : toRefusal(problems, 'skill');
}
