import { toMarkedText } from './chat/terminal-text.ts';
import type { CliContext } from './cli-context.ts';
import { formatHelp } from './format-help.ts';

/** Resolves with the exit code, or with undefined if the process keeps running. */
type Command = (args: readonly string[], context: CliContext) => Promise<number | undefined>;

// Loaded on demand, so that help does not load the server's modules.
const COMMANDS: Record<string, Command> = {
  start: async () => {
    await import('@claude-sdk-pattern/server/main');
    return undefined;
  },
  doctor: async (args, context) => (await import('./doctor.ts')).doctor(args, context),
  'sign-in-link': async (_, context) => (await import('./sign-in-link.ts')).signInLink(context),
  audit: async (args, context) => (await import('./audit.ts')).audit(args, context),
  plugin: async (args, context) => (await import('./plugin/plugin.ts')).plugin(args, context),
  options: async (args, context) => (await import('./options.ts')).options(args, context),
  secrets: async (args, context) => (await import('./secrets.ts')).secrets(args, context),
  'sign-ins': async (args, context) => (await import('./sign-ins.ts')).signIns(args, context),
  stop: async (args, context) => (await import('./stop.ts')).stop(args, context),
  drain: async (args, context) => (await import('./drain.ts')).drain(args, context),
  schedules: async (args, context) => (await import('./schedules.ts')).schedules(args, context),
  usage: async (args, context) => (await import('./usage.ts')).usage(args, context),
  'log-level': async (args, context) => (await import('./log-level.ts')).logLevel(args, context),
  backup: async (args, context) => (await import('./backup.ts')).backup(args, context),
  restore: async (args, context) => (await import('./restore.ts')).restore(args, context),
  export: async (args, context) => (await import('./export.ts')).exportUser(args, context),
  erase: async (args, context) => (await import('./erase.ts')).erase(args, context),
  chat: async (args, context) => (await import('./chat/chat.ts')).chat(args, context),
};

/** Runs one `csp` command line, given without the program's name. Exit code 2: unknown command or option. */
export async function runCli(args: readonly string[], context: CliContext): Promise<number | undefined> {
  // What a server, a file or a plugin says may be in it.
  const printError = (text: string) => context.printError(toMarkedText(text));
  const [name = '--help', ...rest] = args;
  if (['--help', '-h', 'help'].includes(name)) {
    context.print(formatHelp());
    return 0;
  }
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command) return command(rest, { ...context, printError });
  printError(`csp has no command ${name}; it has ${Object.keys(COMMANDS).join(', ')}. See csp --help.`);
  return 2;
}
