import { z } from 'zod';

import { pluginManifest } from '../../apps/server/src/plugins/manifest/plugin-manifest.ts';

/** The manifest of plugins as JSON Schema, for editors: Claude Code's fields and our `csp`. */
export function renderManifestSchema(): string {
  const schema = z.toJSONSchema(pluginManifest, { io: 'input', unrepresentable: 'any', reused: 'inline' });
  return `${JSON.stringify(schema, undefined, 2)}\n`;
}
