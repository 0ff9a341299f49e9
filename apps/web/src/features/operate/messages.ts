/**
 * The English texts of the operators' pages, which load with those pages. A language is added as in `messages/en.ts`.
 */
export const t = {
  title: 'Processes',
  summary: (count: number, most: number) => `${count} of ${most} processes`,
  memoryInAll: (memory: string) => `${memory} in all`,
  waiting: (count: number) => (count === 1 ? '1 session waits for a process' : `${count} sessions wait for a process`),
  node: (id: string) => `Server ${id}`,
  pool: {
    title: 'Spares',
    help: 'Processes that are started ahead, so that a new session begins at once.',
    ready: 'Ready',
    readyOf: (ready: number, wanted: number) => `${ready} of ${wanted}`,
    kinds: (count: number) => (count === 1 ? 'for one kind of session' : `for ${count} kinds of sessions`),
    starting: (count: number) => (count === 0 ? 'none starts now' : `${count} starting`),
    claimed: 'Taken by sessions',
    started: 'Started',
    failed: 'Failed to start',
    inRow: (count: number) => (count === 0 ? 'the last one succeeded' : `the last ${count} in a row`),
    since: 'since the server started',
  },
  spares: (ready: number, wanted: number) => `${ready} of ${wanted} spares ready`,
  sparesFail: (count: number, reason: string) =>
    `${count === 1 ? 'The last start of a spare failed' : `The last ${count} starts of a spare failed`}: ${reason}. ` +
    'New sessions still start, but more slowly. “npm run csp -- doctor” checks what an agent process needs.',
  empty: 'No agent processes are running',
  emptyHelp: 'One starts when somebody opens a session and sends a message.',
  failed: 'The processes could not be loaded.',
  stale: 'The list is not up to date.',
  onlyOperators: 'Only operators and administrators can see the processes. Ask an administrator for the operator role.',
  spare: 'Spare, ready for a new session',
  sessionOf: (name: string) => `Session of ${name}`,
  untitled: 'New session',
  states: { starting: 'Starting', working: 'Working', idle: 'Idle', spare: 'Ready' },
  starts: { warm: 'warm start', cold: 'cold start', resumed: 'resumed' },
  memory: 'Memory',
  /**
   * The first figure counts the process's share of shared memory, so that the processes add up. This figure counts all
   * of it.
   */
  withShared: (memory: string) => `${memory} with shared`,
  age: 'Age',
  children: (count: number) => (count === 1 ? '1 process' : `${count} processes`),
  tree: 'Processes in this tree',
  chart: (least: string, most: string) => `Memory over the last minutes: between ${least} and ${most}`,
  noChart: 'Not measured yet',
  actions: { interrupt: 'Stop the turn', restart: 'Restart', hibernate: 'Hibernate', end: 'End' },
  actionOn: (action: string, name: string) => `${action}: ${name}`,
  confirm: {
    interrupt: {
      title: 'Stop this turn?',
      help: 'The agent stops what it does, as with Stop in the session. Its process stays, and the next message goes on.',
    },
    restart: {
      title: 'Restart this process?',
      help: 'A new process takes its place. A running turn continues, and finished steps are not repeated.',
    },
    hibernate: {
      title: 'Put this session to sleep?',
      help: 'Its process ends after the running turn. The next message wakes the session.',
    },
    end: {
      title: 'End this process?',
      help: 'A running turn stops. No message is lost, and the next one starts a new process.',
    },
  },
  done: {
    interrupt: 'The turn is being stopped',
    restart: 'The process is being restarted',
    hibernate: 'The session goes to sleep after its turn',
    end: 'The process is being ended',
  },
  actionFailed: (action: string) => `${action} failed.`,
} as const;
