import { startScriptedModel } from '@claude-sdk-pattern/scripted-model';

import { servePart } from './src/parts/serve-part.ts';
import { toModelReply } from './src/recall/model-reply.ts';

// A model that answers from what it was told, so that its answer shows what was in its context.
await servePart(async () => {
  const model = await startScriptedModel({ recordLimit: 1, scenarios: (conversation) => toModelReply(conversation) });
  return { url: model.url };
});
