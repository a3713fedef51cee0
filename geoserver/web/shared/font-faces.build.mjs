// Writes font-faces.json (for map styles) and fonts.css (for page text) from the table of
// subsets that the font package brings. Run as `npm run font-faces` after a font update.
import { readFileSync, writeFileSync } from 'node:fs';

const FAMILY = 'Noto Sans SC';
const FOLDER = '/static/vendor/noto-sans-sc';
const table = new URL(
  '../node_modules/@fontsource-variable/noto-sans-sc/unicode.json',
  import.meta.url,
);

/** @type {Record<string, string>} subset to ranges; a numbered subset is written "[4]" */
const subsets = JSON.parse(readFileSync(table, 'utf8'));

/** Small subsets of everyday text first, so the usual character is found early. */
const faces = Object.entries(subsets)
  .reverse()
  .map(([subset, ranges]) => ({
    url: `${FOLDER}/noto-sans-sc-${subset.replace(/[[\]]/g, '')}-wght-normal.woff2`,
    'unicode-range': ranges.split(','),
  }));

const rules = faces.map(
  (face) =>
    `@font-face{font-family:"${FAMILY}";font-style:normal;font-display:swap;font-weight:100 900;` +
    `src:url("${face.url}") format("woff2");unicode-range:${face['unicode-range'].join(',')}}`,
);

writeFileSync(
  new URL('font-faces.json', import.meta.url),
  `${JSON.stringify({ [FAMILY]: faces })}\n`,
);
writeFileSync(
  new URL('fonts.css', import.meta.url),
  `/* Written by font-faces.build.mjs; do not edit. */\n${rules.join('\n')}\n`,
);
