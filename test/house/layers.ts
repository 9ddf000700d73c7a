/** From the top down: a layer imports from those below it. Layers in one row are siblings, they do not. */
export const LAYERS = [
  ['src/main.ts', 'src/index.ts'],
  ['src/cli'],
  ['src/app'],
  ['src/web'],
  ['src/engine', 'src/metrics', 'src/history'],
  ['src/config'],
  ['src/probers'],
  ['src/lib'],
] as const;
