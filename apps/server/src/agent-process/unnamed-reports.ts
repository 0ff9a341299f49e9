/**
 * Leaves names of network addresses out of the reports of this process (Node 22.13 and 23.3, `process.report.excludeNetwork`).
 * The Agent SDK (0.3.332) makes a report before each start of the CLI, to learn which C library there is. Node would look up the
 * name of both ends of each open connection for it, one after the other, on the main thread: with a name server that does not
 * answer the whole server stands still for 5 s or more at each start of an agent.
 */
export function leaveNamesOutOfReports(): void {
  // Not yet in @types/node 24.
  Object.assign(process.report, { excludeNetwork: true });
}
