/** Replaces paths of this server's folders in a text by names that mean something elsewhere. */
export type HidePaths = (text: string) => string;

/**
 * A file of a workspace is named relative to it, a file in an agent's own folders by `~` or `$TMPDIR`. Of any other
 * path in the data directory, the part up to it is removed.
 * @param dataDirs The data directory, by every path that leads to it.
 */
export function createPathHider(dataDirs: readonly string[]): HidePaths {
  // The longest first: one may be the beginning of another.
  const names = [...new Set(dataDirs)].toSorted((a, b) => b.length - a.length);
  const root = `(?:${names.map(escapePattern).join('|')})`;
  // The name that the CLI gives a folder in `projects`: its path, with `-` for everything but letters and digits.
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
