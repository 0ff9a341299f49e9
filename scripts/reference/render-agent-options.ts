import { OPTION_SOURCES, type OptionSource } from '../../apps/server/src/agent-process/options/option-sources.ts';

/** Renders docs/reference/agent-options.md: the options that are set, then those that are not. */
export function renderAgentOptions(): string {
  const entries: [string, OptionSource][] = Object.entries(OPTION_SOURCES);
  const set = entries.flatMap(([name, source]) =>
    source.setBy === 'unset' ? [] : [`| \`${name}\` | ${source.value} |`],
  );
  const unset = entries.flatMap(([name, source]) =>
    source.setBy === 'unset' ? [`| \`${name}\` | ${source.reason} |`] : [],
  );
  return `# Options of the Agent SDK

What the platform starts an agent process with: every field of the Agent SDK's \`Options\`.

## Set

| option | value |
| --- | --- |
${set.join('\n')}

## Not set

| option | why |
| --- | --- |
${unset.join('\n')}

This page is written from \`apps/server/src/agent-process/options/option-sources.ts\` by \`npm run reference\`.
`;
}
