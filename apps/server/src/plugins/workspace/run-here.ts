type Handlers = Readonly<Record<string, readonly unknown[]>>;

/** `$CLAUDE_PROJECT_DIR/.claude/`, also with quotes around the variable, and `.claude/` at the beginning of a word. */
const OWN_SCRIPTS = /\$\{?CLAUDE_PROJECT_DIR\}?("?)\/\.claude\/|(?<=^|[\s"'=])(?:\.\/)?\.claude\//g;

/**
 * Has the command hooks of a repository start the reviewed copies of what is in its `.claude`, and everything else in the folder
 * of the repository, which is its project for them. A hook that is no line of a shell starts in the workspace. Pure.
 * @param folder From the workspace; empty for the workspace itself.
 * @param scripts Where the copies are in the plugin.
 */
export function toRunHere(hooks: Handlers, { folder, scripts }: { folder: string; scripts: string }): Handlers {
  const toCopies = (text: string) =>
    text.replaceAll(OWN_SCRIPTS, (_, quote: string | undefined) => `\${CLAUDE_PLUGIN_ROOT}${quote ?? ''}/${scripts}/`);
  const toHandler = (handler: unknown): unknown => {
    if (!isObject(handler)) return handler;
    const { command, args } = handler;
    if (typeof command !== 'string') return handler;
    if (Array.isArray(args))
      return {
        ...{ ...handler, command: toCopies(command) },
        args: args.map((each: unknown) => (typeof each === 'string' ? toCopies(each) : each)),
      };
    return { ...handler, command: `${toStart(folder)}${toCopies(command)}` };
  };
  const toMatcher = (matcher: unknown): unknown =>
    isObject(matcher) && Array.isArray(matcher['hooks'])
      ? { ...matcher, hooks: matcher['hooks'].map(toHandler) }
      : matcher;
  return Object.fromEntries(Object.entries(hooks).map(([event, matchers]) => [event, matchers.map(toMatcher)]));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function toStart(folder: string): string {
  if (folder === '') return '';
  return `cd "$CLAUDE_PROJECT_DIR"/${toQuoted(folder)} && export CLAUDE_PROJECT_DIR="$PWD" && `;
}

function toQuoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
