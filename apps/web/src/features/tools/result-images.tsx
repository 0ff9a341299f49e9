import { chat } from '../../messages/chat.ts';
import type { ToolItem } from '../../session/items.ts';

/** Images that a tool returned. */
export function ResultImages({ item }: { item: ToolItem }) {
  return item.images.map((image, index) => (
    <img
      key={index}
      src={`data:${image.mediaType};base64,${image.data}`}
      alt={chat.transcript.image}
      className="max-h-96 self-start rounded-sm border border-line"
    />
  ));
}
