/** Whose command it may have been, for people: `the plugin a`, `the plugin a, b or c`. Pure. */
export function toCommandOwner(plugins: readonly { name: string }[]): string {
  const names = plugins.map(({ name }) => name);
  const last = names.pop();
  if (last === undefined) return 'a plugin';
  return `the plugin ${names.length === 0 ? last : `${names.join(', ')} or ${last}`}`;
}
