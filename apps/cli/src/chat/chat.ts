import { createClient } from '@claude-sdk-pattern/client';

import type { CliContext } from '../cli-context.ts';
import type { ChatIo } from './chat-io.ts';
import { API_KEY_VARIABLE, CHAT_HELP, parseChatOptions, type ChatOptions } from './chat-options.ts';
import { ChatError, openSession } from './open-session.ts';
import { printTurn } from './print-turn.ts';
import { createStyle } from './style.ts';
import { talk } from './talk.ts';

const STANDARD_IO: ChatIo = { input: process.stdin, output: process.stdout, error: process.stderr };

/** `csp chat`: talks to an agent in the terminal. Resolves with the exit code. */
export async function chat(args: readonly string[], context: CliContext, io: ChatIo = STANDARD_IO): Promise<number> {
  const parsed = parseChatOptions(args, context.environment);
  switch (parsed.kind) {
    case 'help':
      context.print(CHAT_HELP);
      return 0;
    case 'wrong':
      context.printError(`${parsed.problem} See csp chat --help.`);
      return 2;
    case 'options':
      return runChat(parsed.options, context, io);
  }
}

async function runChat(options: ChatOptions, context: CliContext, io: ChatIo): Promise<number> {
  const apiKey = context.environment[API_KEY_VARIABLE];
  const style = createStyle(io.output.isTTY === true, context.environment['NO_COLOR']);
  try {
    await using client = createClient({ url: options.url, ...(apiKey && { apiKey }) });
    const sessionId = await openSession(client, options);
    if (options.print !== undefined) return await printTurn(client, sessionId, options.print, io);
    return await talk(client, sessionId, io, style);
  } catch (error) {
    // The client throws a TypeError for an invalid URL.
    if (!(error instanceof ChatError || error instanceof TypeError)) throw error;
    context.printError(error.message);
    return 1;
  }
}
