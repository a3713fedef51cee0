/**
 * The colours that mean something, the same on the page and on the map. Green, blue and red keep
 * a CIEDE2000 difference of at least 23 under every simulated colour blindness and a contrast of
 * at least 4.5 to the background; each also has its own shape (see `icons.mjs`).
 */
export const colours = Object.freeze({
  background: '#0B1320',
  panel: '#101b2d',
  line: '#1c2c47',
  text: '#dbe6f5',
  quiet: '#93a7c4',
  grid: '#59d8cf',
  done: '#B7F0D0',
  progress: '#3D8BFF',
  late: '#FF5238',
  route: '#7CE3FF',
  hot: '#ffb454',
  worker: '#e8d9a0',
  resource: '#f4f7fc',
  facility: '#b9a7f0',
  component: '#7f93b3',
});
