const IMAGE = /\.(?:png|apng|jpe?g|gif|webp|avif|bmp|svg)$/i;

/** Whether the name of a file is that of an image that browsers show. Pure. */
export function isImagePath(path: string): boolean {
  return IMAGE.test(path);
}
