import { z } from 'zod';

const textBlock = z.strictObject({ type: z.literal('text'), text: z.string() });

const base64Source = z.strictObject({
  type: z.literal('base64'),
  media_type: z.string().min(1),
  data: z.string().min(1),
});
const urlSource = z.strictObject({ type: z.literal('url'), url: z.url() });
const plainTextSource = z.strictObject({
  type: z.literal('text'),
  media_type: z.literal('text/plain'),
  data: z.string(),
});
const fileSource = z.strictObject({ type: z.literal('file'), file_id: z.string().min(1).max(128) });

const imageBlock = z.strictObject({
  type: z.literal('image'),
  source: z.discriminatedUnion('type', [base64Source, urlSource, fileSource]),
});

const documentBlock = z.strictObject({
  type: z.literal('document'),
  source: z.discriminatedUnion('type', [base64Source, urlSource, plainTextSource, fileSource]),
  title: z.string().nullish(),
  context: z.string().nullish(),
});

/** A block that a user message may hold: text, image or document, as in the Managed Agents API. */
export const userContentBlock = z
  .discriminatedUnion('type', [textBlock, imageBlock, documentBlock])
  .meta({ id: 'ContentBlock', description: 'A part of a message: text, image or document.' });
export type UserContentBlock = z.infer<typeof userContentBlock>;

const searchResultBlock = z.strictObject({
  type: z.literal('search_result'),
  source: z.string(),
  title: z.string(),
  content: z.array(textBlock),
  citations: z.strictObject({ enabled: z.boolean() }),
});
const NO_URL = 'url is not supported by this server in a result; send the content itself, or the id of a file';
const heldImageBlock = z.strictObject({
  ...imageBlock.shape,
  source: z.discriminatedUnion('type', [base64Source, fileSource], { error: NO_URL }),
});
const heldDocumentBlock = z.strictObject({
  ...documentBlock.shape,
  source: z.discriminatedUnion('type', [base64Source, plainTextSource, fileSource], { error: NO_URL }),
});

/** A block of the result of a custom tool. */
export const resultContentBlock = z
  .discriminatedUnion('type', [textBlock, heldImageBlock, heldDocumentBlock, searchResultBlock])
  .meta({ id: 'ResultBlock', description: 'A part of the result of a custom tool.' });
export type ResultContentBlock = z.infer<typeof resultContentBlock>;

/** At least one block, and not only whitespace. */
export const userContent = z
  .array(userContentBlock)
  .min(1)
  .max(100)
  .refine((blocks) => blocks.some((block) => block.type !== 'text' || block.text.trim() !== ''), {
    message: 'a message needs some text or an attachment',
  });
