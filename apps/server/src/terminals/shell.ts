import type { SessionDirs } from '../workspaces/session-dirs.ts';

/** bash where the system has it, without the files that the agent could have written for it. */
const SCRIPT = 'if command -v bash >/dev/null; then exec bash --noprofile --norc -i; fi; PS1="$ " exec sh -i';

/** bash (5.2) puts the value in, and does not run what is in it. */
const FOLDER = '${PWD/#"$WORKSPACE"/workspace}';

/** The command line of the shell of a terminal. */
export const SHELL = { command: '/bin/sh', args: ['-c', SCRIPT] } as const;

/** The environment of a terminal, but for its door: nothing of the server's own, and no token that calls a model. */
export function toShellEnvironment(dirs: SessionDirs, path: string): Record<string, string> {
  return {
    PATH: path,
    HOME: dirs.home,
    TMPDIR: dirs.tmp,
    LANG: 'C.UTF-8',
    SHELL: '/bin/bash',
    TERM: 'xterm-256color',
    COLORTERM: 'truecolor',
    // The title, and the prompt: the folder, without the long path of the workspace.
    WORKSPACE: dirs.workspace,
    PS1: String.raw`\[\e]2;${FOLDER}\a\]${FOLDER} \$ `,
    // What people type is kept nowhere.
    HISTFILE: '',
  };
}
