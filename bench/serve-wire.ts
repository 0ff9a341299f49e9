import { servePart } from './src/parts/serve-part.ts';
import { serveControl } from './src/wire/control.ts';
import { openWireSides } from './src/wire/sides.ts';

// The gateway's sockets with a real journal, and plain `ws` that sends the same bytes.
await servePart(async ({ url }: { url: string }) => {
  const { commands, ours, raw } = await openWireSides(url);
  return { control: await serveControl(commands), ours, raw };
});
