import { isWithin } from '../lib/is-within.ts';

/** Nothing in them is people's. */
const SYSTEM = [
  '/bin',
  '/boot',
  '/dev',
  '/etc',
  '/lib',
  '/lib32',
  '/lib64',
  '/libx32',
  '/proc',
  '/run',
  '/sbin',
  '/sys',
];
/** People may have folders in them. */
const SYSTEM_ITSELF = [
  '/',
  '/home',
  '/media',
  '/mnt',
  '/opt',
  '/root',
  '/srv',
  '/tmp',
  '/usr',
  '/var',
  '/var/lib',
  '/var/tmp',
];
const SYSTEM_PROGRAMS = ['/usr/bin', '/usr/lib', '/usr/lib32', '/usr/lib64', '/usr/libexec', '/usr/sbin', '/usr/share'];

/**
 * Why nobody may grant or use a folder, whoever asks; undefined where they may. Pure.
 * @param path absolute, without links
 * @param own the server's own folders, absolute and without links: its data, and its program
 */
export function findRootProblem(path: string, own: readonly string[]): string | undefined {
  if (path.includes('\n')) return 'it has a line break in its name';
  const system = [...SYSTEM, ...SYSTEM_PROGRAMS].find((each) => isWithin(each, path));
  if (system !== undefined) return `${system} belongs to the system`;
  if (SYSTEM_ITSELF.includes(path)) return `${path} has too much in it: name a folder below it`;
  if (own.some((each) => isWithin(each, path))) return 'it belongs to this server';
  if (own.some((each) => isWithin(path, each))) return 'the folders of this server are in it';
  return undefined;
}
