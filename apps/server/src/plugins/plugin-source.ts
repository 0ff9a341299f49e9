import {
  findArgumentProblem,
  findCommandProblem,
  findHeaderProblem,
  findServerNameProblem,
  findServerUrlProblem,
  findVariableProblem,
} from '@claude-sdk-pattern/protocol/server-rules';
import { z } from 'zod';

const text = z.string().min(1).max(4096);
const value = z.string().max(65_536);
const programArgs = z
  .array(value.superRefine(addProblem(findArgumentProblem)))
  .max(1000)
  .optional();
const HIDDEN = 'Values may be `${secret:NAME}`. Nobody can read back what may be a secret.';
const programEnv = z.record(ruled(findVariableProblem), value).optional().describe(HIDDEN);
const plugin = z.string().min(1).max(200).optional().describe('Which plugin, where the source is a marketplace.');

/** A text that a rule of the protocol finds nothing wrong with. */
function ruled(findProblem: (given: string) => string | undefined) {
  return text.superRefine(addProblem(findProblem));
}

function addProblem(findProblem: (given: string) => string | undefined) {
  return (given: string, context: z.RefinementCtx) => {
    const message = findProblem(given);
    if (message !== undefined) context.addIssue({ code: 'custom', message });
  };
}

/** An MCP server that is added by itself. */
export const bareServer = z
  .strictObject({
    type: z.literal('mcp'),
    name: ruled(findServerNameProblem).describe('Of the server, and so of the plugin.'),
    command: ruled(findCommandProblem).optional().describe('The program of a stdio server.'),
    args: programArgs,
    env: programEnv,
    url: ruled(findServerUrlProblem).optional().describe('Of a server that is elsewhere.'),
    transport: z.enum(['http', 'sse']).optional(),
    headers: z.record(ruled(findHeaderProblem), value).optional().describe(HIDDEN),
  })
  .refine(({ command, url }) => (command === undefined) !== (url === undefined), {
    path: ['command'],
    error: 'goes without url, and one of the two is needed',
  });

/** From where a plugin is taken in, as people say it. */
export const pluginSource = z
  .discriminatedUnion('type', [
    z.strictObject({
      type: z.literal('path'),
      path: text.describe('Absolute path on the server: a folder, or an .mcp.json. It is copied.'),
      plugin,
      dev: z
        .literal(true)
        .optional()
        .describe('Of a loop of development: a roll back goes to the version before the first of its versions.'),
    }),
    z.strictObject({
      type: z.literal('npm'),
      name: text.describe('Of the package.'),
      version: text.optional().describe('A version, range or tag; by default `latest`.'),
      args: programArgs.describe(
        'For the MCP server that the package’s `bin` becomes, after its program; may hold `${CLAUDE_PLUGIN_DATA}`.',
      ),
      env: programEnv,
      plugin,
    }),
    z.strictObject({
      type: z.literal('git'),
      url: text.describe('https://, ssh:// or git@ address.'),
      ref: text.optional().describe('Branch, tag or commit; by default the main branch. The commit is what is kept.'),
      path: text.optional().describe('A folder in the repository.'),
      plugin,
    }),
    bareServer,
  ])
  .meta({ id: 'PluginSource', description: 'From where a plugin is taken in.' });

export type GivenSource = z.output<typeof pluginSource>;

/** What is kept of a source: an archive cannot be asked again for another version. */
export type PluginSource = GivenSource | { type: 'archive'; filename: string; plugin?: string };
