/** The English texts of previews. A language is added as in `messages/en.ts`. */
export const v = {
  showDiagram: 'Show diagram',
  showPreview: 'Show preview',
  showCode: 'Show code',
  told: 'Preview of what the agent wrote. It can load nothing from the network.',
  larger: 'Show larger',
  drawing: 'Drawing the diagram…',
  diagram: 'Diagram',
  page: 'Preview',
  left: 'This preview tried to leave its page, and was closed.',
  again: 'Show it again',
  standsStill: 'Shown again once you have answered the question of an app.',
  tooLong: (chars: string, max: string) => `This is too long to show: it has ${chars} characters, of ${max} at most.`,
  failed: (why: string) => `The diagram could not be drawn: ${why}`,
  slow: 'The diagram was not drawn within 10 s, and was given up. The code is below.',
  notLoaded: 'What draws diagrams could not be loaded. Try again.',
};
