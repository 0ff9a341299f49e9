import { dirname, join } from 'node:path';

const HELPER_DIR = join(import.meta.dirname, 'door-helper');

/**
 * Has git in a process reach the repositories of its session by the server, whose address and token the process has as ANTHROPIC_BASE_URL and
 * ANTHROPIC_API_KEY, a terminal as CSP_GIT_URL and CSP_GIT_TOKEN. Without a network it needs Node for that, since git speaks over no unix socket (2.39).
 */
export function toDoorEnvironment({ path, isLimited }: { path: string; isLimited?: boolean }): Record<string, string> {
  return { PATH: `${path}:${HELPER_DIR}`, ...(isLimited === true && { CSP_NODE: process.execPath }) };
}

/** What such a process has to be able to read. */
export function listDoorDirs({ isLimited }: { isLimited: boolean }): string[] {
  return [HELPER_DIR, ...(isLimited ? [dirname(process.execPath)] : [])];
}
