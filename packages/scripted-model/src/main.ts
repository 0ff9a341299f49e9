#!/usr/bin/env node
import { parseArgs } from 'node:util';
import { startScriptedModel } from './scripted-model.ts';

const usageText = `Serves the offline demo model at the Anthropic Messages API.

  npx node packages/scripted-model/src/main.ts [--port 4700] [--host 127.0.0.1] [--api-key KEY] [--speed 1]

  --port      port to listen on; 0 takes any free one (default 4700)
  --host      address to listen on (default 127.0.0.1)
  --api-key   refuse requests with another key (default: any key serves)
  --speed     divides every delay: 2 is twice as fast, Infinity instant (default 1)
`;

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '4700' },
    host: { type: 'string', default: '127.0.0.1' },
    'api-key': { type: 'string' },
    speed: { type: 'string', default: '1' },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

if (values.help) {
  process.stdout.write(usageText);
} else {
  const model = await startScriptedModel({
    port: toNumber('--port', values.port),
    host: values.host,
    speed: toNumber('--speed', values.speed),
    ...(values['api-key'] === undefined ? {} : { apiKey: values['api-key'] }),
  });
  process.stdout.write(`The scripted model listens at ${model.url}\n`);
  const stop = () => void model.close();
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
}

function toNumber(option: string, text: string): number {
  const value = Number(text);
  if (Number.isNaN(value)) throw new Error(`${option} must be a number, not "${text}"`);
  return value;
}
