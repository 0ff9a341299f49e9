/** The language that a file's name tells, as far as it does: a name of its own, or its ending; or an empty text. */
export function languageOfPath(path: string): string {
  const base = path.split(/[\\/]/).at(-1) ?? '';
  if (/^dockerfile/i.test(base)) return 'docker';
  return base.includes('.') ? (base.split('.').at(-1) ?? '') : '';
}
