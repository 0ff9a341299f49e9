import { readdir, readFile, stat, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

import type { Plugin } from 'vite';

const COMPRESSIBLE = /\.(?:js|css|html|svg)$/;
/** Brotli's best takes 10 s for 5 MB. Files that large are loaded alone and by few. */
const LARGE_BYTES = 2_000_000;
const LARGE_QUALITY = 7;
const KEPT_MS = 24 * 60 * 60 * 1000;

/**
 * Writes each file of a build also as `.br` and `.gz`, which the server sends as they are. Assets of earlier builds stay
 * for a day: pages that were opened before load their later parts from them.
 */
export function compressAssets(): Plugin {
  return {
    name: 'compress-assets',
    apply: 'build',
    async writeBundle({ dir = '' }, bundle) {
      await Promise.all(Object.keys(bundle).map((name) => compress(join(dir, name))));
      await dropOld(join(dir, 'assets'));
    },
  };
}

async function compress(path: string): Promise<void> {
  if (!COMPRESSIBLE.test(path)) return;
  const content = await readFile(path);
  const quality = content.length > LARGE_BYTES ? LARGE_QUALITY : constants.BROTLI_MAX_QUALITY;
  const params = {
    [constants.BROTLI_PARAM_SIZE_HINT]: content.length,
    [constants.BROTLI_PARAM_QUALITY]: quality,
  };
  await Promise.all([
    promisify(brotliCompress)(content, { params }).then((small) => writeFile(`${path}.br`, small)),
    promisify(gzip)(content, { level: 9 }).then((small) => writeFile(`${path}.gz`, small)),
  ]);
}

async function dropOld(dir: string): Promise<void> {
  for (const name of await readdir(dir)) {
    const path = join(dir, name);
    if (Date.now() - (await stat(path)).mtimeMs > KEPT_MS) await unlink(path);
  }
}
