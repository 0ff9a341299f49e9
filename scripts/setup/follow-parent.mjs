// @ts-check
// Loaded into the server by start.mjs. When the start.mjs process ends, even by a kill, the server stops gracefully.
process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'));
// The listener must not keep a server running that has otherwise finished.
process.channel?.unref();
