import type { ToolItem } from '../../session/items.ts';
import { LongOutput } from './long-output.tsx';

/** The tool's error message; nothing if the call has not failed. */
export function FailureText({ item }: { item: ToolItem }) {
  if (item.status !== 'failed' || item.output === null || item.output === '') return null;
  return <LongOutput tone="bad" text={stripErrorTag(item.output)} outputKey={`${item.id}:failure`} />;
}

function stripErrorTag(text: string): string {
  return text.replace(/^<tool_use_error>([\s\S]*)<\/tool_use_error>$/, '$1');
}
