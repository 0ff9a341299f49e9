import type { Docker } from './docker-daemon.ts';
import { runTool } from './run-tool.ts';

/** The first that has these options of `up`, and the keys of our file. */
const LEAST_MAJOR = 2;
/** Docker's plugin, then the program of its own. */
const COMMANDS = [['docker', 'compose'], ['docker-compose']] as const;

/** The real Docker Compose, with the compose file of a folder. */
export interface Compose {
  /** Runs one of its commands and resolves with what that printed, on both outputs. */
  run: (...args: string[]) => Promise<string>;
  /** The name of a service's container. */
  containerOf: (service: string) => string;
}

export interface ComposePlace {
  /** The folder with the files and `.env`. */
  dir: string;
  /** The compose file, and those that change it. */
  files: readonly string[];
  project: string;
}

export interface FoundCompose {
  command: readonly string[];
  version: string;
}

/** The command line of Compose on this machine and its version; undefined without one that is new enough. */
export async function findCompose(): Promise<FoundCompose | undefined> {
  for (const command of COMMANDS) {
    const [file, ...args] = command;
    const version = await runTool(file, [...args, 'version', '--short']).catch(() => '');
    if (Number(version.trim().replace(/^v/, '').split('.')[0]) >= LEAST_MAJOR)
      return { command, version: version.trim() };
  }
  return undefined;
}

export function createCompose(
  docker: Docker,
  command: readonly string[],
  { dir, files, project }: ComposePlace,
): Compose {
  const [file = '', ...first] = command;
  const given = [...first, '--project-directory', dir, ...files.flatMap((each) => ['--file', each])];
  return {
    run: (...args) => runTool(file, [...given, ...args], { env: docker.environment, withErrors: true }),
    containerOf: (service) => `${project}-${service}-1`,
  };
}
