/** The English texts of what a turn has cost, which load with conversations. A language is added as in `messages/en.ts`. */
export const t = {
  unpriced: 'unpriced',
  unpricedHelp: (count: number) =>
    `${count === 1 ? '1 call of this turn has' : `${count} calls of this turn have`} no price. ` +
    `${count === 1 ? 'It is' : 'They are'} not free: the cost leaves ${count === 1 ? 'it' : 'them'} out.`,
  reported: (cost: string) => `Claude Code itself has counted ${cost} for this turn.`,
} as const;
