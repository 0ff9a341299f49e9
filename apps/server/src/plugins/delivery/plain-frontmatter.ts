import { isParsable, parseFrontmatter, splitFrontmatter } from '../manifest/read-frontmatter.ts';

/**
 * Fields that are left out. The CLI (2.1.332) runs the hooks that the frontmatter of a skill names, whatever the plugin was
 * granted. It ignores the others in plugins; one that did not would let servers and permissions in.
 */
const LEFT_OUT: ReadonlySet<string> = new Set(['hooks', 'mcpServers', 'permissionMode', '<<']);

/** Begins as a file with frontmatter does for any reader. */
const MAY_BE_FENCED = /^[\s\uFEFF]*---/;

/** Has no field, and no reader takes a line of the text for its end or its beginning. */
const NO_FIELDS = '---\n{}\n---\n';

/**
 * A Markdown file with its frontmatter written again, without the fields that could run something. Each value is JSON, which
 * every YAML parser reads alike. `fillBody` changes what follows the frontmatter; what it puts in never becomes frontmatter.
 * Undefined for a file whose frontmatter cannot be read: another parser could read more of it.
 */
export function toPlainMarkdown(text: string, fillBody = (body: string) => body): string | undefined {
  if (!MAY_BE_FENCED.test(text)) {
    const filled = fillBody(text);
    return filled === text ? text : `${NO_FIELDS}${filled}`;
  }
  const split = splitFrontmatter(text);
  if (split === undefined || !isParsable(split.yaml)) return undefined;
  const { document } = parseFrontmatter(split.yaml);
  if (document.errors.length > 0) return undefined;
  const fields = toFields(() => document.toJS({ maxAliasCount: 10 }) as unknown);
  if (fields === undefined) return undefined;
  const lines = Object.entries(fields)
    .filter(([name]) => !LEFT_OUT.has(name))
    .map(([name, value]) => `${/^[\w-]+$/.test(name) ? name : toJson(name)}: ${toJson(value)}\n`);
  const frontmatter = lines.length === 0 ? NO_FIELDS : `---\n${lines.join('')}---\n`;
  return `${frontmatter}${fillBody(split.body)}`;
}

function toFields(read: () => unknown): Record<string, unknown> | undefined {
  try {
    const fields = read() ?? {};
    return typeof fields === 'object' && !Array.isArray(fields) ? (fields as Record<string, unknown>) : undefined;
  } catch {
    // It has too many aliases.
    return undefined;
  }
}

/** The CLI takes the first three dashes for the end, wherever they stand (2.1.332). */
function toJson(value: unknown): string {
  return (JSON.stringify(value) ?? 'null').replaceAll('--', '-\\u002d');
}
