/** The English texts of what runs beside the conversation. A language is added as in `messages/en.ts`. */
export const m = {
  list: 'Running in the background',
  empty: 'Nothing runs in the background',
  emptyHelp:
    'Commands that the agent runs beside the conversation, such as a dev server, appear here with their output.',
  stop: 'Stop',
  stopOf: (name: string) => `Stop ${name}`,
  stopping: 'Stopping…',
  stopFailed: 'The command could not be stopped.',
  runs: (time: string) => `Runs for ${time}`,
  ran: (time: string) => `ran for ${time}`,
  states: { completed: 'Ended', failed: 'Failed', stopped: 'Stopped' },
  code: (code: number) => `exit code ${code}`,
  showOutput: 'Output',
  outputOf: (name: string) => `Output of ${name}`,
  noOutput: 'It has printed nothing yet.',
  outputGone: 'There is no output any more.',
  cut: (size: string) => `The last part of ${size}.`,
  memory: (size: string) => `${size} of memory for the agent and all that it runs.`,
} as const;
