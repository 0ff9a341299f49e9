import Anthropic from '@anthropic-ai/sdk';
import { VERSION } from '@anthropic-ai/sdk/version';

import { walkSdk } from './walk-sdk.ts';

/** The installed official SDK: its version and the names of all methods of `client.beta`. */
export function readSdk(): { version: string; methods: string[] } {
  const client = new Anthropic({ apiKey: 'nothing is sent' });
  return { version: VERSION, methods: walkSdk(client.beta).map(({ name }) => name) };
}
