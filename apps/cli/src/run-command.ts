import type { CliContext } from './cli-context.ts';
import { tellFailure } from './tell-failure.ts';

export interface Command<Parsed> {
  usage: string;
  /** Undefined, or an error, where the arguments are not understood. */
  parse: () => Parsed | undefined;
  isHelp: (parsed: Parsed) => boolean;
}

/**
 * Runs a command with its parsed arguments. Resolves to the exit code: that of `run`; 0 for help; 1 where it failed, with the reason
 * printed; 2 where the arguments are not understood, with the usage printed.
 */
export async function runCommand<Parsed>(
  context: CliContext,
  { usage, parse, isHelp }: Command<Parsed>,
  run: (parsed: Parsed) => Promise<number>,
): Promise<number> {
  const parsed = tryToParse(parse);
  if (parsed === undefined) {
    context.printError(usage);
    return 2;
  }
  if (isHelp(parsed)) {
    context.print(usage);
    return 0;
  }
  try {
    return await run(parsed);
  } catch (error) {
    return tellFailure(context, error);
  }
}

function tryToParse<Parsed>(parse: () => Parsed | undefined): Parsed | undefined {
  try {
    return parse();
  } catch {
    return undefined;
  }
}
