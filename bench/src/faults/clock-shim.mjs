// @ts-check
// Preloaded into a server: its wall clock is ahead by as many milliseconds as the file of CSP_BENCH_CLOCK_FILE says. The
// monotonic clock, timers and other processes are as they are, as when somebody sets the clock of a machine.
import { readFileSync, watchFile } from 'node:fs';

const RealDate = Date;
const file = process.env.CSP_BENCH_CLOCK_FILE ?? '';
let offsetMs = 0;
const read = () => {
  offsetMs = Number(readFileSync(file, 'utf8')) || 0;
};
if (file !== '') {
  read();
  watchFile(file, { interval: 50, persistent: false }, read);
  // A proxy: what tests for dates still finds them.
  globalThis.Date = new Proxy(RealDate, {
    construct: (date, given, target) =>
      Reflect.construct(date, given.length === 0 ? [RealDate.now() + offsetMs] : given, target),
    apply: () => new RealDate(RealDate.now() + offsetMs).toString(),
    get: (date, name) => (name === 'now' ? () => RealDate.now() + offsetMs : Reflect.get(date, name)),
  });
}
