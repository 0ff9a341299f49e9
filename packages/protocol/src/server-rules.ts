/** What an MCP server that is added by itself may be called and lead to: one set of rules for the API and for the form. */

const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]*$/;
const MAX_NAME_CHARS = 64;
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;
/** A token of RFC 9110. */
const HEADER = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** Ports to which `fetch` sends nothing (Fetch standard, "port blocking", 2026-11). */
const BLOCKED_PORTS: ReadonlySet<number> = new Set([
  ...[0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104],
  ...[109, 110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515, 526],
  ...[530, 531, 532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045],
  ...[4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10_080],
]);

/** Why a text is no name of an MCP server, as a sentence without its full stop that says what to do; undefined for a good one. */
export function findServerNameProblem(name: string): string | undefined {
  if (name.length > MAX_NAME_CHARS) return `Use at most ${MAX_NAME_CHARS} characters`;
  return NAME.test(name) ? undefined : 'Use letters, digits, - and _ only, with a letter or a digit first';
}

/** A name that is like a text and may be used; undefined where nothing is left of it. */
export function suggestServerName(name: string): string | undefined {
  const made = name
    .replaceAll(/[^A-Za-z0-9_-]+/g, '-')
    .replaceAll(/^[-_]+|[-_]+$/g, '')
    .slice(0, MAX_NAME_CHARS);
  return NAME.test(made) ? made : undefined;
}

/** The same for a command, which is one program. A path may have spaces. */
export function findCommandProblem(command: string): string | undefined {
  if (/^https?:\/\//i.test(command)) return 'This is a URL. Add the server by its URL instead';
  if (/[\0\r\n]/.test(command)) return 'Write it in one line';
  const [first = '', ...rest] = command.trim().split(/\s+/);
  const exposed = findArgumentProblem(command);
  if (exposed !== undefined) return exposed;
  const isOnePath = first.includes('/') && !rest.some((word) => word.startsWith('-'));
  return rest.length === 0 || isOnePath ? undefined : 'Write the program alone. Its arguments are a list of their own';
}

/** The same for a URL. References such as `${secret:NAME}` may stand in it. */
export function findServerUrlProblem(url: string): string | undefined {
  if (!/^https?:\/\//i.test(url)) return 'Begin with https:// or http://, as in https://mcp.example.com/mcp';
  if (!URL.canParse(url)) return 'This is no URL. Write it like https://mcp.example.com/mcp';
  const { port, username, password } = new URL(url);
  if (username !== '' || password !== '')
    return 'Leave out the user name and the password, which cannot be sent. Use a header Authorization';
  if (port !== '' && BLOCKED_PORTS.has(Number(port)))
    return `Use another port: the Fetch standard keeps ${port} for another service than HTTP, so nothing is sent to it`;
  return undefined;
}

/** The same for the name of an environment variable. */
export function findVariableProblem(name: string): string | undefined {
  return VARIABLE.test(name) ? undefined : 'Names of variables have letters, digits and _ only, and no digit first';
}

/** The same for a header. */
export function findHeaderProblem(name: string): string | undefined {
  return HEADER.test(name) ? undefined : 'Names of headers have letters, digits and - only';
}

/** A switch, a level or a small number: set as a variable it leads no program elsewhere, and it is no secret. */
export function isScalar(value: string): boolean {
  return /^(?:true|false|on|off|yes|no|none|trace|debug|info|warn|warning|error|\d{1,5})$/i.test(value);
}

/**
 * Whether variables, or headers, lead to the same place as before: a variable may lead a program elsewhere, as HTTPS_PROXY does, and a
 * header a server that passes on what it gets. So none may come nor go, and a number takes the place of another number only: an
 * address can be written as one. Null stands for the value before.
 */
export function leadToSame(
  next: Readonly<Record<string, string | null>>,
  before: Readonly<Record<string, string>>,
): boolean {
  const names = Object.keys(next);
  return (
    names.length === Object.keys(before).length &&
    names.every((name) => {
      const had = before[name];
      const given = next[name] ?? had;
      return had !== undefined && given !== undefined && (given === had || (isScalar(had) && isScalar(given)));
    })
  );
}

/**
 * Why a text may not stand on a command line, as a sentence without its full stop that says what to do; undefined for one that may. A
 * secret would be read in process lists, and is not put in there.
 */
export function findArgumentProblem(argument: string): string | undefined {
  return argument.includes('${secret:')
    ? 'Keep the secret out of the command line, where process lists show it: put it into a variable that the program reads'
    : undefined;
}

/** Stands in what is shown of a source for what may be a secret. */
export const HIDDEN_VALUE = '…';

/** Splits what a person would type into a shell: quotes hold words together, and `\` takes the next character as it is. */
export function splitCommandLine(line: string): string[] {
  const words: string[] = [];
  for (const [whole] of line.matchAll(/(?:[^\s"'\\]|\\.|"(?:[^"\\]|\\.)*"|'[^']*'|["'\\])+/g)) {
    words.push(
      whole.replaceAll(/\\(.)|"((?:[^"\\]|\\.)*)"|'([^']*)'/g, (_, single?: string, double?: string, plain?: string) =>
        double === undefined ? (single ?? plain ?? '') : double.replaceAll(/\\(["\\])/g, '$1'),
      ),
    );
  }
  return words;
}
