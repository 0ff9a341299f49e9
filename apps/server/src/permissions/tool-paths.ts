const PATH_FIELDS = ['file_path', 'notebook_path', 'path'];

/**
 * Every path that the input of a tool call names; empty for tools without a path. All paths count, because only the
 * tool knows which one it uses. A `Glob` also searches where its pattern leads (CLI 2.1.330).
 */
export function findToolPaths(toolName: string, input: Readonly<Record<string, unknown>>): string[] {
  const paths = PATH_FIELDS.map((field) => input[field]);
  if (toolName === 'Glob') paths.push(toFixedPart(input['pattern']));
  return paths.filter((path): path is string => typeof path === 'string' && path !== '');
}

/** The folders of a pattern before its first wildcard; the root when `..` follows after it. */
function toFixedPart(pattern: unknown): string | undefined {
  if (typeof pattern !== 'string') return undefined;
  const parts = pattern.trim().split('/');
  const wildcard = parts.findIndex((part) => /[*?[{!]/.test(part));
  if (wildcard === -1) return parts.join('/');
  const fixed = parts.slice(0, wildcard).join('/');
  const climbs = parts.slice(wildcard).includes('..');
  if (climbs) return '/';
  // A pattern that begins with a wildcard at the root leaves only the slash.
  return fixed === '' && pattern.trim().startsWith('/') ? '/' : fixed;
}
