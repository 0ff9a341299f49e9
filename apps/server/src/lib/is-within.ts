import { isAbsolute, relative, sep } from 'node:path';

/** Whether an absolute path is a folder or in it. A name may begin with two dots, as `..x`, and lead nowhere. Pure. */
export function isWithin(folder: string, path: string): boolean {
  const inner = relative(folder, path);
  return inner !== '..' && !inner.startsWith(`..${sep}`) && !isAbsolute(inner);
}
