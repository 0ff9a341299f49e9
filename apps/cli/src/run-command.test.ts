import { expect, it } from 'vitest';

import { runCommand } from './run-command.ts';

function createContext() {
  const printed: string[] = [];
  const context = {
    environment: {},
    print: (text: string) => void printed.push(`out: ${text}`),
    printError: (text: string) => void printed.push(`err: ${text}`),
  };
  return { context, printed };
}

const command = (parse: () => { help: boolean } | undefined) => ({
  ...{ usage: 'Usage: csp test', parse },
  isHelp: ({ help }: { help: boolean }) => help,
});
const notRun = () => Promise.reject(new Error('This must not run'));
const fail = () => {
  throw new Error('Unknown option');
};

it.each([
  ['arguments that are incomplete', () => undefined, 2, 'err: Usage: csp test'],
  ['arguments that cannot be parsed', fail, 2, 'err: Usage: csp test'],
  ['a wish for help', () => ({ help: true }), 0, 'out: Usage: csp test'],
])('answers %s with the usage, and does nothing', async (_, parse, code, said) => {
  const { context, printed } = createContext();
  expect(await runCommand(context, command(parse), notRun)).toBe(code);
  expect(printed).toEqual([said]);
});

it('ends with the code of the command, or with 1 and the reason where it failed', async () => {
  const { context, printed } = createContext();
  const parsed = command(() => ({ help: false }));
  expect(await runCommand(context, parsed, () => Promise.resolve(3))).toBe(3);
  expect(printed).toEqual([]);
  expect(await runCommand(context, parsed, () => Promise.reject(new Error('The server is away')))).toBe(1);
  expect(printed).toEqual(['err: The server is away']);
});
