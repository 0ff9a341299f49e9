import { createHash } from 'node:crypto';
import { mkdir, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import type { CspError } from '@claude-sdk-pattern/protocol';

import { refuseFile } from '../problem.ts';
import { checkContentPath } from './content-path.ts';

/** How much one plugin may bring. */
export interface ContentLimits {
  maxBytes: number;
  maxFiles: number;
  /** The setting that allows more bytes; `CLAUDE_SDK_PATTERN_MAX_PLUGIN_MB` unless another is named, null for none. */
  setting?: string | null;
}

interface WrittenFile {
  bytes: number;
  sha256: string;
  isExecutable: boolean;
}

/**
 * Writes the content of a plugin into a folder that only it writes, from wherever it comes, within bounds. What could
 * mean another file on another system, or one outside of the folder, is refused.
 */
export class ContentWriter {
  readonly #dir: string;
  readonly #limits: ContentLimits;
  readonly #files = new Map<string, WrittenFile>();
  readonly #folders = new Set<string>(['.']);
  /** The paths in use, as a file system sees them that ignores case. */
  readonly #folded = new Map<string, string>();
  #bytes = 0;

  constructor(dir: string, limits: ContentLimits) {
    this.#dir = dir;
    this.#limits = limits;
  }

  /** Paths of all files, with `/`. */
  get paths(): readonly string[] {
    return [...this.#files.keys()];
  }

  get bytesLeft(): number {
    return this.#limits.maxBytes - this.#bytes;
  }

  /** @throws CspError `invalid_request` that names the file, for what is not taken. */
  async addFolder(path: string): Promise<void> {
    const checked = checkContentPath(path);
    if (checked === '.') return;
    await this.#makeFolder(checked);
  }

  /** @throws CspError `invalid_request` that names the file, for what is not taken. */
  async addFile(
    path: string,
    content: AsyncIterable<Buffer> | Iterable<Buffer>,
    { isExecutable = false }: { isExecutable?: boolean } = {},
  ): Promise<void> {
    const checked = checkContentPath(path);
    if (checked === '.' || this.#files.has(checked) || this.#folders.has(checked))
      throw refuseFile(checked, 'comes twice', 'Pack each file once');
    this.#claim(checked);
    await this.#makeFolder(dirname(checked));
    if (this.#files.size >= this.#limits.maxFiles)
      throw refuseFile(
        null,
        `has more than ${this.#limits.maxFiles} files`,
        'Leave out what it does not need at run time',
      );
    const hash = createHash('sha256');
    let bytes = 0;
    await using file = await open(join(this.#dir, checked), 'wx', isExecutable ? 0o755 : 0o644);
    for await (const chunk of content) {
      bytes += chunk.length;
      this.#bytes += chunk.length;
      if (this.#bytes > this.#limits.maxBytes) throw this.toTooLarge();
      hash.update(chunk);
      await file.writeFile(chunk);
    }
    this.#files.set(checked, { bytes, sha256: hash.digest('hex'), isExecutable });
  }

  /**
   * SHA-256 of all paths, modes and contents in a folder, in hexadecimal digits: the same for the same content wherever it
   * came from.
   * @throws CspError `invalid_request` for a folder without files: all of those would have one digest.
   */
  digest(folder = ''): string {
    const hash = createHash('sha256');
    const start = folder === '' ? '' : `${folder}/`;
    const files = [...this.#files].filter(([path]) => path.startsWith(start));
    if (files.length === 0)
      throw refuseFile(folder === '' ? null : folder, 'has no files', 'Add the files of the plugin');
    for (const [path, { sha256, bytes, isExecutable }] of files.toSorted(([a], [b]) => (a < b ? -1 : 1)))
      hash.update(`${JSON.stringify(path.slice(start.length))} ${isExecutable ? 'x' : '-'} ${bytes} ${sha256}\n`);
    return hash.digest('hex');
  }

  /** What too much content is answered. */
  toTooLarge(): CspError {
    const { maxBytes, setting = 'CLAUDE_SDK_PATTERN_MAX_PLUGIN_MB' } = this.#limits;
    const limit = `${Math.floor(maxBytes / (1024 * 1024))} MB`;
    const remedy = `Leave out what it does not need at run time${setting === null ? '' : `, or raise ${setting}`}`;
    return refuseFile(null, `It takes more than the ${limit} that are allowed`, remedy);
  }

  async #makeFolder(path: string): Promise<void> {
    if (this.#folders.has(path)) return;
    if (this.#files.has(path)) throw refuseFile(path, 'is a file and a folder', 'Rename one of them');
    if (this.#folders.size >= this.#limits.maxFiles)
      throw refuseFile(
        null,
        `has more than ${this.#limits.maxFiles} folders`,
        'Leave out what it does not need at run time',
      );
    await this.#makeFolder(dirname(path));
    this.#claim(path);
    await mkdir(join(this.#dir, path), { mode: 0o755 });
    this.#folders.add(path);
  }

  #claim(path: string): void {
    const folded = path.normalize('NFC').toLowerCase();
    const other = this.#folded.get(folded);
    if (other !== undefined && other !== path)
      throw refuseFile(
        path,
        `differs from ${other} by case alone, so some systems take them for one file`,
        'Rename one of them',
      );
    this.#folded.set(folded, path);
  }
}
