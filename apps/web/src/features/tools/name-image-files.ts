/** The path of an image on the server, whose last part is its name. */
const IMAGE_PATH =
  /(?<![\w:/.])(?:\/[^\s/"'`<>()[\]]{1,255}){1,32}\/([^\s/"'`<>()[\]]{1,255}\.(?:png|jpe?g|gif|webp))\b/gi;

/** A text about images that are shown beside it: their files by name, because their folders on the server tell people nothing. */
export function nameImageFiles(text: string): string {
  return text.replaceAll(IMAGE_PATH, '$1');
}
