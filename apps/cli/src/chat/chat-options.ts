import { parseArgs } from 'node:util';

import type { PermissionMode } from '@claude-sdk-pattern/protocol';
import { toLocalUrl } from '@claude-sdk-pattern/server/config/base-url';
import { ConfigError, loadConfig } from '@claude-sdk-pattern/server/config/load-config';

export interface ChatOptions {
  url: string;
  sessionId: string | undefined;
  model: string | undefined;
  permissionMode: PermissionMode | undefined;
  /** The one message of `--print`, or undefined for a conversation. */
  print: string | undefined;
}

export type ParsedChatOptions =
  | { kind: 'options'; options: ChatOptions }
  | { kind: 'help' }
  | { kind: 'wrong'; problem: string };

export const API_KEY_VARIABLE = 'CLAUDE_SDK_PATTERN_API_KEY';
const PERMISSION_MODES: readonly PermissionMode[] = ['default', 'acceptEdits', 'plan', 'bypassPermissions'];

export const CHAT_HELP = `csp chat: talk to an agent

  --url URL               server; by default the one of this machine, at the host and port of the configuration
  --session ID            go on with a session instead of creating one
  --model MODEL           model of the session
  --permission-mode MODE  ${PERMISSION_MODES.join(', ')}
  --print MESSAGE         answer one message on standard output, then exit: 0 if the turn ended well, else 1
  --help                  this text

The API key is read from ${API_KEY_VARIABLE}.
Ctrl-C interrupts a running turn; once more, or Ctrl-D, exits. NO_COLOR switches colours off.`;

/** Reads the arguments of `csp chat`. The environment gives the address of the local server. Never throws. */
export function parseChatOptions(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): ParsedChatOptions {
  const values = readValues(args);
  if (typeof values === 'string') return { kind: 'wrong', problem: values };
  if (values.help) return { kind: 'help' };
  const mode = values['permission-mode'];
  const permissionMode = PERMISSION_MODES.find((known) => known === mode);
  if (mode !== undefined && permissionMode === undefined) {
    return {
      kind: 'wrong',
      problem: `There is no permission mode "${mode}"; there are ${PERMISSION_MODES.join(', ')}.`,
    };
  }
  if (values.print?.trim() === '') return { kind: 'wrong', problem: '--print needs a message.' };
  const url = values.url ?? findLocalUrl(environment);
  if (url instanceof ConfigError) return { kind: 'wrong', problem: url.message };
  return {
    kind: 'options',
    options: {
      url,
      sessionId: values.session,
      model: values.model,
      permissionMode,
      print: values.print,
    },
  };
}

/** The address of a server that `csp start` would run in the same environment, or why it would not start. */
function findLocalUrl(environment: Readonly<Record<string, string | undefined>>): string | ConfigError {
  try {
    const { host, port } = loadConfig(environment);
    return toLocalUrl(host, port);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
}

function readValues(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        url: { type: 'string' },
        session: { type: 'string' },
        model: { type: 'string' },
        'permission-mode': { type: 'string' },
        print: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
