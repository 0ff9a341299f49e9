/** Loaded into a server before it starts: its time of day jumps ahead by an hour when it gets SIGUSR2. */
const HOUR_MS = 60 * 60 * 1000;
const now = Date.now;
let shiftMs = 0;
Date.now = () => now() + shiftMs;
process.on('SIGUSR2', () => {
  shiftMs += HOUR_MS;
});
