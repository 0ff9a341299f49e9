import type { ConfigVariableDoc } from '../../apps/server/src/config/schema.ts';

const INTRODUCTION = `# Configuration

Everything is set by environment variables, read once at the start. A value that cannot be read stops the start with a
message that names each wrong variable. An empty variable counts as not set. \`npm run csp -- --help\` prints the same list.

Each variable can also be given as a file: \`NAME_FILE\` is the path of a file that holds the value of \`NAME\`. So keys and passwords
can be secrets of Docker or credentials of systemd, and stand in no environment. Setting both stops the start.

This page is written by \`npm run reference\` from [schema.ts](../../apps/server/src/config/schema.ts); a test holds the two equal.
`;

/** Renders docs/reference/configuration.md: one section per variable, in the order of the schema. */
export function renderConfiguration(variables: readonly ConfigVariableDoc[]): string {
  const rows = variables.map(({ name, unit, description, ...rest }) => {
    const value = rest.default === undefined ? '–' : `${rest.default}${unit === undefined ? '' : ` ${unit}`}`;
    return `| \`${name}\` | ${escapeCell(value)} | ${escapeCell(description)} |`;
  });
  return `${INTRODUCTION}\n| variable | default | meaning |\n| --- | --- | --- |\n${rows.join('\n')}\n`;
}

function escapeCell(text: string): string {
  return text.replaceAll('|', String.raw`\|`);
}
