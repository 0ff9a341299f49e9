import { z } from 'zod';

/**
 * A path that stays inside of the plugin, relative to its folder, as Claude Code writes them: `./skills/review`. With
 * `endings`, the name must end in one of them.
 */
export function pathInPlugin(endings: readonly string[] = []) {
  return z
    .string()
    .max(1000)
    .refine((path) => path === '.' || path.startsWith('./'), 'takes a path relative to the plugin that begins with ./')
    .refine((path) => !/[\\\0]/.test(path) && !path.split('/').includes('..'), 'must stay inside of the plugin')
    .refine(
      (path) => endings.length === 0 || endings.some((ending) => path.endsWith(ending)),
      `must end in ${endings.join(' or ')}`,
    );
}
