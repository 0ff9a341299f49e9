import { expect, it } from 'vitest';

import { toRunHere } from './run-here.ts';

it('has hooks start the reviewed copies of their scripts, in the folder of the repository', () => {
  const toCommand = (command: string, folder: string, args?: string[]) =>
    toRunHere(
      { Stop: [{ hooks: [{ type: 'command', command, ...(args && { args }) }] }] },
      { folder, scripts: 'copy' },
    )['Stop'];
  const start = `cd "$CLAUDE_PROJECT_DIR"/'it'\\''s' && export CLAUDE_PROJECT_DIR="$PWD" && `;
  for (const written of ['"$CLAUDE_PROJECT_DIR"/.claude/a.sh', '"${CLAUDE_PROJECT_DIR}"/.claude/a.sh'])
    expect(toCommand(written, "it's")).toMatchObject([
      { hooks: [{ command: `${start}"\${CLAUDE_PLUGIN_ROOT}"/copy/a.sh` }] },
    ]);
  expect(toCommand('sh .claude/a.sh; x.claude/b', '')).toMatchObject([
    { hooks: [{ command: 'sh ${CLAUDE_PLUGIN_ROOT}/copy/a.sh; x.claude/b' }] },
  ]);
  expect(toCommand('sh', 'deep', ['./.claude/a.sh'])).toMatchObject([
    { hooks: [{ command: 'sh', args: ['${CLAUDE_PLUGIN_ROOT}/copy/a.sh'] }] },
  ]);
});
