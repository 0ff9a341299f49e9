import { readFileSync } from 'node:fs';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The environment, with the value of each named variable that a file holds. `NAME_FILE` is the path of the file with the
 * value of `NAME`, as secrets of Docker and credentials of systemd are: the line end behind it does not count. A problem
 * names the variable and never has what is in the file.
 */
export function readFileVariables(
  environment: Environment,
  names: readonly string[],
): { environment: Environment; problems: string[] } {
  const read: Record<string, string> = {};
  const problems: string[] = [];
  for (const name of names) {
    const path = environment[`${name}_FILE`] ?? '';
    if (path === '') continue;
    if ((environment[name] ?? '') === '') {
      try {
        read[name] = readFileSync(path, 'utf8').replace(/\r?\n$/, '');
      } catch (error) {
        problems.push(`${name}_FILE: cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'}): ${path}`);
      }
    } else problems.push(`${name}_FILE: ${name} is set as well. Set one of them`);
  }
  return { environment: { ...environment, ...read }, problems };
}
