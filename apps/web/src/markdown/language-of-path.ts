/** The language of a file by its name or ending; empty if neither is known. */
export function languageOfPath(path: string): string {
  const base = path.split(/[\\/]/).at(-1) ?? '';
  if (/^dockerfile/i.test(base)) return 'docker';
  return base.includes('.') ? (base.split('.').at(-1) ?? '') : '';
}
