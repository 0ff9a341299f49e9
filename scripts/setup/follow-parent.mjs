// @ts-check
// Loaded into the server by start.mjs: when that process is gone, even killed, the server stops as if it was asked to.
process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'));
// Listening must not keep a server alive that is otherwise done.
process.channel?.unref();
