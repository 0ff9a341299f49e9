import { servePart } from './src/parts/serve-part.ts';
import { serveControl } from './src/wire/control.ts';
import { createReaders } from './src/wire/readers.ts';

// Clients of the wire, in a process apart from the servers that they measure.
await servePart(async () => ({ control: await serveControl(createReaders()) }));
