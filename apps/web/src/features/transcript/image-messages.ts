/** The English texts of the images below a turn. A language is added as in `messages/en.ts`. */
export const i = {
  label: (count: number) => (count === 1 ? '1 image' : `${count} images`),
  open: (name: string) => `Open the image ${name}`,
  alt: (path: string) => `The image ${path}`,
  asItIs: (path: string) => `${path}, as it is now`,
  gone: (name: string) => `${name} is no image that can be shown, or is gone`,
  more: (count: number) => (count === 1 ? '1 more image' : `${count} more images`),
  download: 'Download',
};
