import { describe, expect, it } from 'vitest';

import { createPathHider } from './hide-server-paths.ts';

const AGENT = '0b54d9ce-7b1f-4f0b-9d6c-0a8a1b1c2d3e';
const hide = createPathHider(['/srv/csp', '/mnt/disk/srv/csp']);

describe('the paths of the server in a text', () => {
  it.each([
    ['a file of the workspace', `/srv/csp/workspaces/${AGENT}/src/a.ts:3`, 'src/a.ts:3'],
    ['the same, by the other name of the folder', `/mnt/disk/srv/csp/workspaces/${AGENT}/a.ts`, 'a.ts'],
    ['the same, by the id of the session', '/srv/csp/workspaces/sesn_01/a.ts', 'a.ts'],
    ['the same, as an address', `file:///srv/csp/workspaces/${AGENT}/a.ts`, 'file://a.ts'],
    ['the same, after a colour', `\u001B[0m/srv/csp/workspaces/${AGENT}/a.ts`, '\u001B[0ma.ts'],
    ['the workspace', `cd /srv/csp/workspaces/${AGENT} && ls "/srv/csp/workspaces/${AGENT}/"`, 'cd . && ls "./"'],
    ['a plan', `/srv/csp/agents/${AGENT}/config/plans/x.md`, '~/.claude/plans/x.md'],
    ['a plan of a resumed process', '/srv/csp/tmp/claude-resume-Ab1/plans/x.md', '~/.claude/plans/x.md'],
    ['the home of the agent', `/srv/csp/agents/${AGENT}/home/.npmrc`, '~/.npmrc'],
    ['its temporary folder', `/srv/csp/agents/${AGENT}/tmp/x`, '$TMPDIR/x'],
    ['the folder of a project', `projects/-srv-csp-workspaces-${AGENT}/memory`, 'projects/workspace/memory'],
    ['anything else in the data directory', 'open /srv/csp/csp.db, /srv/csp', 'open …/csp.db, …'],
    ['what only looks like it', '/srv/csp-old/x /home/srv/csp/x', '/srv/csp-old/x /home/srv/csp/x'],
  ])('are named so that they mean something elsewhere: %s', (_name, text, expected) => {
    expect(hide(text)).toBe(expected);
  });

  it('takes the name of the folder as it is', () => {
    expect(createPathHider(['/srv/c.p (1)'])('/srv/c.p (1)/workspaces/a/b /srv/cxp (1)/b')).toBe('b /srv/cxp (1)/b');
  });
});
