// @ts-check
// `npm run example -- <name>`: runs a program of the examples folder on the pinned Node.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ensureInstalled } from './setup/install.mjs';
import { fail, ROOT } from './setup/root.mjs';
import { runPinned } from './setup/run-pinned.mjs';

const EXAMPLES = join(ROOT, 'examples');

const [name, ...args] = process.argv.slice(2);
const names = readdirSync(EXAMPLES).filter((one) => findProgram(one) !== undefined);
const program = name === undefined ? undefined : findProgram(name);
if (program === undefined) {
  fail(`Name one of the examples, such as npm run example -- ${names[0]}. There are: ${names.join(', ')}.`);
}
await ensureInstalled();
runPinned(`The example ${name}`, [program, ...args]);

/** @param {string} example */
function findProgram(example) {
  return ['main.ts', 'main.mjs'].map((file) => join(EXAMPLES, example, file)).find((path) => existsSync(path));
}
