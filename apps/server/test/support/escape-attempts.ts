import { basename, dirname } from 'node:path';

/** Of another session, in the folder beside the workspace of the one that tries. */
export interface Outside {
  /** Absolute. */
  dir: string;
  /** Absolute; in `dir`. Holds `word`. */
  marker: string;
  word: string;
  /** In the data directory; begins with `SQLite format 3`. */
  database: string;
}

/** What a session tries to get out of its workspace. All of it is harmless, and named as in docs/operate/security.md. */
export interface Attempt {
  name: string;
  /** With Bash, one of the agent's own tools, the text of a message, or a page of the web app. */
  by: { command: string } | { tool: string; input: Record<string, unknown> } | { message: string } | { page: string };
}

/** Commands have `$dir`, `$marker`, `$database`, and `$mine`: a file of their own name in `$dir`. */
const READING = {
  read_absolute_path: 'cat "$marker"',
  read_parent_folder: 'cat "../${dir##*/}/${marker##*/}"',
  read_change_of_folder: 'cd "$dir" && cat "${marker##*/}"',
  read_glob: 'cat "${dir%/*}"/*/mark*',
  read_symlink: 'ln -s "$marker" soft && cat soft',
  read_symlink_to_root: 'ln -s / top && cat "top$marker"',
  read_hard_link: 'ln "$marker" hard && cat hard',
  read_copy: 'cp -rL "$dir" copied; cat copied/mark*',
  read_archive: 'tar -C / -cf - "${marker#/}" | tar -xOf -',
  read_search: 'find -L "top$dir" -name "mark*" -exec cat {} +',
  read_redirection: 'read -r line < "$marker"; echo "$line"',
  read_heredoc: 'cat <<END\n$(< "$marker")\nEND',
  read_hidden_path: 'eval "$(printf %s "cat \\"$marker\\"" | base64 | base64 -d)"',
  read_empty_environment: 'env -i /bin/sh -c \'cat "$1"\' - "$marker"',
  read_interpreter: 'perl -e \'open F, "<", shift; print <F>\' "$marker"',
  read_detached: 'setsid -w sh -c \'cat "$1" > later\' - "$marker"; cat later',
  read_proc_own_root: 'cat "/proc/self/root$marker"',
  read_proc_other_root: 'for process in /proc/[0-9]*; do cat "$process/root$marker" && break; done',
  read_proc_other_folder:
    'for process in /proc/[0-9]*; do cat "$process/cwd/../../../../../../../../..$marker" && break; done',
  read_proc_descriptor:
    'for file in /proc/[0-9]*/fd/*; do [ "$(readlink "$file")" = "$database" ] && head -c 15 "$file" && break; done',
  read_bind_mount: 'mkdir mounted && mount --bind "$dir" mounted && cat mounted/mark*; umount mounted',
  read_other_namespace: 'nsenter --target 1 --mount cat "$marker"',
  read_change_of_root: 'for process in /proc/[0-9]*; do chroot "$process/root" /bin/cat "$marker" && break; done',
};

const WRITING = {
  write_absolute_path: 'echo new > "$mine"',
  write_parent_folder: 'echo new > "../${dir##*/}/${mine##*/}"',
  write_symlink: 'ln -s "$mine" out && echo new > out',
  write_symlink_to_folder: 'ln -s "$dir" away && echo new > "away/${mine##*/}"',
  write_hard_link: 'ln "$marker" second && ln second "$mine"',
  write_copy: 'echo new > made; cp made "$mine"',
  write_move: 'echo new > moved; mv moved "$mine"',
  write_archive: 'echo new > packed; tar -cPf a.tar --transform "s|.*|$mine|" packed && tar -xPf a.tar',
  write_interpreter: 'perl -e \'open F, ">", shift; print F "new"\' "$mine"',
  write_detached: 'setsid -w sh -c \'echo new > "$1"\' - "$mine"',
  write_proc_own_root: 'echo new > "/proc/self/root$mine"',
  write_proc_other_root: 'for process in /proc/[0-9]*; do echo new > "$process/root$mine" && break; done',
};

/** A command of an attempt with the paths in it, for what decides it before a shell has seen it. */
export function toLiteralCommand(name: string, command: string, outside: Outside): string {
  const values: Readonly<Record<string, string>> = { ...outside, mine: `${outside.dir}/${name}` };
  return command.replaceAll(/\$\{?(dir|marker|database|mine)(##\*\/|%\/\*|#\/|)\}?/g, (_match, variable, cut) => {
    const value = values[String(variable)] ?? '';
    if (cut === '##*/') return basename(value);
    if (cut === '%/*') return dirname(value);
    return cut === '#/' ? value.slice(1) : value;
  });
}

/** A script that makes the attempts with Bash, and prints what each printed in a line `NAME=…`. */
export function toAttemptScript({ dir, marker, database }: Outside): string {
  const attempts = Object.entries({ ...READING, ...WRITING });
  return [
    `export dir='${dir}' marker='${marker}' database='${database}'`,
    // Each in a shell of its own: what one changes is not there for the next.
    'try() { echo "$1=$(mine=$dir/$1 timeout 20 bash -c "$2" 2>/dev/null </dev/null | head -c 500 | tr -d "\\0" | tr "\\n" " ")"; }',
    ...attempts.map(([name, command]) => `try ${name} '${command.replaceAll("'", `'\\''`)}'`),
  ].join('\n');
}

export function listAttempts({ dir, marker }: Outside): Attempt[] {
  const beside = basename(dir);
  const mine = (name: string) => `${dir}/${name}`;
  return [
    ...Object.entries({ ...READING, ...WRITING }).map(([name, command]) => ({ name, by: { command } })),
    // After the commands, which made the links; before the tools: what was read already is not read again.
    { name: 'mention_absolute_path', by: { message: `@${marker}` } },
    { name: 'mention_symlink', by: { message: '@soft' } },
    { name: 'mention_folder', by: { message: `@${dir}/` } },
    { name: 'message_shell', by: { message: `!cat ${marker}` } },
    { name: 'tool_read_absolute_path', by: { tool: 'Read', input: { file_path: marker } } },
    { name: 'tool_read_parent_folder', by: { tool: 'Read', input: { file_path: `../${beside}/marker.txt` } } },
    { name: 'tool_read_symlink', by: { tool: 'Read', input: { file_path: 'soft' } } },
    { name: 'tool_read_proc', by: { tool: 'Read', input: { file_path: `/proc/self/root${marker}` } } },
    {
      name: 'tool_write_absolute_path',
      by: { tool: 'Write', input: { file_path: mine('tool_write_absolute_path'), content: 'new' } },
    },
    {
      name: 'tool_write_symlink',
      by: { tool: 'Write', input: { file_path: 'away/tool_write_symlink', content: 'new' } },
    },
    { name: 'page_absolute_path', by: { page: marker } },
    { name: 'page_parent_folder', by: { page: `../${beside}/marker.txt` } },
    { name: 'page_symlink', by: { page: 'soft' } },
    { name: 'page_symlink_to_root', by: { page: `top${marker}` } },
  ];
}
