/** Names the folders of this server in a text as somebody elsewhere can read them. */
export type HidePaths = (text: string) => string;

/**
 * A file of a workspace is named from the workspace, what stands in an agent's own folders by `~` and `$TMPDIR`, and of
 * anything else in the data directory the part before it is left out.
 * @param dataDirs The data directory, by every name that it has.
 */
export function createPathHider(dataDirs: readonly string[]): HidePaths {
  // The longest first: one may be the beginning of another.
  const names = [...new Set(dataDirs)].toSorted((a, b) => b.length - a.length);
  const root = `(?:${names.map(escapePattern).join('|')})`;
  // What the CLI calls a folder by in `projects`: its path, with anything but letters and digits as `-`.
  const slugs = `(?:${names.map((name) => name.replaceAll(/[^A-Za-z0-9]/g, '-')).join('|')})`;
  const rules: readonly [RegExp, string | ((match: string, slash?: string) => string)][] = [
    [
      new RegExp(`${root}/workspaces/[\\w-]+(/(?=[^\\s"'\`]))?`, 'g'),
      (_match, slash) => (slash === undefined ? '.' : ''),
    ],
    [new RegExp(`${root}/(?:agents/[\\w-]+/config|tmp/claude-resume-[\\w-]+)(?![\\w-])`, 'g'), '~/.claude'],
    [new RegExp(`${root}/agents/[\\w-]+/home(?![\\w-])`, 'g'), '~'],
    [new RegExp(`${root}/agents/[\\w-]+/tmp(?![\\w-])`, 'g'), '$$TMPDIR'],
    [new RegExp(`${slugs}-workspaces-[\\w-]+`, 'g'), 'workspace'],
    [new RegExp(`(?<![\\w.-])${root}(?![\\w-])`, 'g'), '…'],
  ];
  return (text) =>
    rules.reduce(
      (hidden, [pattern, name]) =>
        typeof name === 'string' ? hidden.replaceAll(pattern, name) : hidden.replaceAll(pattern, name),
      text,
    );
}

function escapePattern(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}
