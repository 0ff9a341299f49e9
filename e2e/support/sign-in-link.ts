import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

import type { TestServer } from '@claude-sdk-pattern/testkit';

const CLI = join(import.meta.dirname, '..', '..', 'apps', 'cli', 'src', 'main.ts');

/** The one-time link that a server without a bootstrap key prints. @throws Error if it printed none. */
export function findSignInLink(logs: string): string {
  const link = /https?:\/\/\S+\/sign-in#link=[\w-]+/.exec(logs)?.[0];
  if (link === undefined) throw new Error(`The server printed no sign-in link:\n${logs}`);
  return link;
}

/** Creates a new one-time link for a running server with the operator's command. */
export async function makeSignInLink({ url, dataDir }: TestServer): Promise<string> {
  const environment = {
    PATH: process.env['PATH'],
    CLAUDE_SDK_PATTERN_DATA_DIR: dataDir,
    CLAUDE_SDK_PATTERN_PORT: new URL(url).port,
  };
  const { stdout } = await promisify(execFile)(process.execPath, [CLI, 'sign-in-link'], { env: environment });
  return findSignInLink(stdout);
}
