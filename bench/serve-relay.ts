import { servePart } from './src/parts/serve-part.ts';
import { openRelay } from './src/sides/relay.ts';

// The Agent SDK behind a WebSocket and a proxy, without anything else.
await servePart(({ modelUrl }: { modelUrl: string }) => openRelay(modelUrl));
