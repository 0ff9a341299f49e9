/** The English texts of the offer to reload a session. A language is added as in `messages/en.ts`. */
export const t = {
  changed: 'The plugins have changed:',
  added: (name: string) => `${name} added`,
  removed: (name: string) => `${name} removed`,
  upgraded: (name: string, from: string | null, to: string | null) =>
    from !== null && to !== null && from !== to ? `${name} ${from} → ${to}` : `${name} updated`,
  configured: 'configuration or grants',
  more: (count: number) => `${count} more`,
  reload: 'Reload',
  help: 'Reload to use them.',
  afterTurn: 'Reloads when this turn ends.',
  dismiss: 'Keep the present plugins for now',
  failed: 'The session could not be reloaded.',
} as const;
