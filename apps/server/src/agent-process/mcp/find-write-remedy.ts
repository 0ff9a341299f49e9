/** Errors of Node and of the C library for a place that cannot be written. */
const READ_ONLY = /\bEROFS\b|read-only file system/i;
/** Only of what lies where plugins do: elsewhere it may as well be a credential that is refused. */
const NOT_ALLOWED = /(?:\bEACCES\b|permission denied)[^\n]{0,80}?\/(?:plugins|node_modules)\//i;
const REMEDY =
  'It may not write beside its own files. Lead it to the folder that it may write, such as with --env NAME=${CLAUDE_PLUGIN_DATA}/FILE, where NAME is the variable, or an argument, that its documentation names for that';

/** What to do where a server said that it cannot write in the folder of its plugin; undefined for anything else. */
export function findWriteRemedy(said: string): string | undefined {
  return READ_ONLY.test(said) || NOT_ALLOWED.test(said) ? REMEDY : undefined;
}
