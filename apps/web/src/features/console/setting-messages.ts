/** Texts of the page of the server's settings. */
export const t = {
  title: 'Server settings',
  failed: 'The settings could not be loaded.',
  help: 'As the server that you are connected to has read them at its start. They are set by environment variables; a change takes effect with the next start, except where it says otherwise. Secrets are never shown.',
  search: 'Search settings',
  changedOnly: 'Only what is set',
  shown: (some: number, all: number) => (some === all ? `${all} settings` : `${some} of ${all} settings`),
  sources: { default: 'Default', environment: 'Environment', file: 'File in the data directory' },
  fallback: (value: string) => `default ${value}`,
  secret: 'set, not shown',
  unset: 'not set',
  live: 'Can be changed while the server runs: csp log-level.',
};
