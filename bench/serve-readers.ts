import { servePart } from './src/parts/serve-part.ts';
import { serveControl } from './src/wire/control.ts';
import { createReaders } from './src/wire/readers.ts';

// Clients of the wire, away from the event loop of what serves them.
await servePart(async () => ({ control: await serveControl(createReaders()) }));
