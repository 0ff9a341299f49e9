import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { LOADS, type Load } from './src/pool-simulation/loads.ts';
import { runStudy } from './src/pool-simulation/study.ts';
import { toMarkdown } from './src/pool-simulation/to-markdown.ts';

const HELP = `Simulates the warm pool under many loads, and writes bench/reports/pool-simulation.{json,md}. Some minutes.

  npm run simulate-pool -- [--load NAME] … [--seed NUMBER] [--out DIRECTORY]

Loads: ${LOADS.map(({ name }) => name).join(', ')}. All of them by default.
`;

const { values } = parseArgs({
  options: {
    load: { type: 'string', multiple: true, default: LOADS.map(({ name }) => name) },
    seed: { type: 'string', default: '1' },
    out: { type: 'string', default: join(import.meta.dirname, 'reports') },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

if (values.help) process.stdout.write(HELP);
else await run(Number(values.seed), values.out);

async function run(seed: number, folder: string): Promise<void> {
  if (!Number.isInteger(seed)) throw new Error(`--seed takes a whole number, not ${values.seed}`);
  const loads = values.load.map(findLoad);
  const study = await runStudy(seed, { loads, onProgress: (text) => console.log(`Simulating ${text} …`) });
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'pool-simulation.json'), `${JSON.stringify(study, undefined, 1)}\n`);
  await writeFile(join(folder, 'pool-simulation.md'), toMarkdown(study));
  console.log(`Report: ${join(folder, 'pool-simulation.md')}`);
}

function findLoad(name: string): Load {
  const load = LOADS.find((each) => each.name === name);
  if (load === undefined) throw new Error(`There is no load "${name}"; --help has the list`);
  return load;
}
