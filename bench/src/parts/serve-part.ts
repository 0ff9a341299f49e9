/** The child's side of `startPart`: reads the options, reports that it is ready, and ends with the bench. */
export async function servePart<Options, Ready extends object>(
  start: (options: Options) => Promise<Ready>,
): Promise<void> {
  process.on('disconnect', () => process.exit());
  // Ctrl-C reaches every process of the terminal; the bench decides when its parts end.
  process.on('SIGINT', () => undefined);
  const ready = await start(JSON.parse(process.argv[2] ?? '{}') as Options);
  process.send?.(ready);
}
