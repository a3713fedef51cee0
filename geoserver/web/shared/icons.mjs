import { colours } from './colours.mjs';

/**
 * Symbols of the map and its legend, drawn by one set of functions, so that the legend cannot
 * differ from the map. Each draws into a square of side 1 with the origin in its middle.
 */

/** @typedef {CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D} Context */
/** @typedef {(ctx: Context) => void} Drawing */

/** @param {Context} ctx @param {number} r */
function disc(ctx, r) {
  ctx.beginPath();
  ctx.arc(0, 0, r, 0, 2 * Math.PI);
}

/** @param {string} fill @returns {Drawing} */
const dotWithHalo = (fill) => (ctx) => {
  ctx.fillStyle = fill;
  disc(ctx, 0.2);
  ctx.fill();
  ctx.globalAlpha = 0.5;
  ctx.strokeStyle = fill;
  ctx.lineWidth = 0.08;
  disc(ctx, 0.4);
  ctx.stroke();
};

/** @param {Context} ctx @param {string} fill */
function outlined(ctx, fill) {
  ctx.lineJoin = 'round';
  ctx.lineWidth = 0.12;
  ctx.strokeStyle = colours.background;
  ctx.stroke();
  ctx.fillStyle = fill;
  ctx.fill();
}

/** @type {Record<string, Drawing>} */
const drawings = {
  done(ctx) {
    disc(ctx, 0.31);
    ctx.lineWidth = 0.3;
    ctx.strokeStyle = colours.background;
    ctx.stroke();
    ctx.lineWidth = 0.16;
    ctx.strokeStyle = colours.done;
    ctx.stroke();
  },
  progress(ctx) {
    ctx.beginPath();
    ctx.roundRect(-0.34, -0.34, 0.68, 0.68, 0.09);
    outlined(ctx, colours.progress);
  },
  late(ctx) {
    ctx.beginPath();
    ctx.moveTo(0, -0.43);
    ctx.lineTo(0.46, 0.37);
    ctx.lineTo(-0.46, 0.37);
    ctx.closePath();
    outlined(ctx, colours.late);
  },
  worker: dotWithHalo(colours.worker),
  vehicle(ctx) {
    ctx.beginPath();
    ctx.moveTo(0, -0.42);
    ctx.lineTo(0.42, 0);
    ctx.lineTo(0, 0.42);
    ctx.lineTo(-0.42, 0);
    ctx.closePath();
    outlined(ctx, colours.resource);
  },
  camera(ctx) {
    ctx.beginPath();
    ctx.roundRect(-0.42, -0.22, 0.52, 0.44, 0.1);
    ctx.moveTo(0.16, -0.06);
    ctx.lineTo(0.42, -0.22);
    ctx.lineTo(0.42, 0.22);
    ctx.lineTo(0.16, 0.06);
    ctx.closePath();
    outlined(ctx, colours.route);
  },
  facility(ctx) {
    ctx.beginPath();
    ctx.moveTo(0, -0.42);
    ctx.lineTo(0.38, -0.1);
    ctx.lineTo(0.38, 0.38);
    ctx.lineTo(-0.38, 0.38);
    ctx.lineTo(-0.38, -0.1);
    ctx.closePath();
    outlined(ctx, colours.facility);
  },
  component(ctx) {
    ctx.beginPath();
    ctx.rect(-0.16, -0.16, 0.32, 0.32);
    ctx.fillStyle = colours.component;
    ctx.fill();
  },
  organisation(ctx) {
    disc(ctx, 0.3);
    outlined(ctx, colours.facility);
  },
  sensor(ctx) {
    ctx.strokeStyle = colours.grid;
    ctx.lineWidth = 0.12;
    ctx.lineCap = 'round';
    for (const r of [0.18, 0.38]) {
      ctx.beginPath();
      ctx.arc(0, 0.26, r, -0.8 * Math.PI, -0.2 * Math.PI);
      ctx.stroke();
    }
    ctx.fillStyle = colours.grid;
    ctx.beginPath();
    ctx.arc(0, 0.26, 0.1, 0, 2 * Math.PI);
    ctx.fill();
  },
  hazard(ctx) {
    ctx.beginPath();
    for (let i = 0; i < 6; i += 1) {
      ctx.lineTo(0.4 * Math.sin((i * Math.PI) / 3), -0.4 * Math.cos((i * Math.PI) / 3));
    }
    ctx.closePath();
    ctx.lineWidth = 0.13;
    ctx.strokeStyle = colours.hot;
    ctx.stroke();
  },
  grid(ctx) {
    ctx.strokeStyle = colours.grid;
    ctx.lineWidth = 0.1;
    ctx.setLineDash([0.2, 0.1]);
    ctx.strokeRect(-0.38, -0.38, 0.76, 0.76);
  },
  hot(ctx) {
    ctx.beginPath();
    ctx.rect(-0.38, -0.38, 0.76, 0.76);
    ctx.fillStyle = `${colours.hot}55`;
    ctx.fill();
    ctx.strokeStyle = colours.hot;
    ctx.lineWidth = 0.1;
    ctx.stroke();
  },
  place(ctx) {
    disc(ctx, 0.12);
    ctx.fillStyle = colours.late;
    ctx.fill();
    ctx.strokeStyle = colours.late;
    ctx.lineWidth = 0.08;
    disc(ctx, 0.28);
    ctx.stroke();
    for (let i = 0; i < 4; i += 1) {
      ctx.rotate(Math.PI / 2);
      ctx.beginPath();
      ctx.moveTo(0, 0.28);
      ctx.lineTo(0, 0.46);
      ctx.stroke();
    }
  },
  rank(ctx) {
    disc(ctx, 0.44);
    ctx.fillStyle = colours.background;
    ctx.fill();
    ctx.strokeStyle = colours.route;
    ctx.lineWidth = 0.09;
    ctx.stroke();
  },
};

/** Names that `drawIcon` knows. */
export const iconNames = Object.freeze(Object.keys(drawings));

/** State of a case by its colour; the icon of the same name has its shape. */
export const iconOfColour = Object.freeze({ green: 'done', blue: 'progress', red: 'late' });

/**
 * Draws an icon over the whole of a square canvas.
 * @param {Context} ctx
 * @param {string} name one of `iconNames`
 * @param {number} side pixels
 */
function paint(ctx, name, side) {
  ctx.setTransform(side, 0, 0, side, side / 2, side / 2);
  drawings[name](ctx);
}

/**
 * An icon as pixels, for a map.
 * @param {string} name one of `iconNames`
 * @param {number} side pixels
 * @returns {ImageData}
 */
export function iconPixels(name, side) {
  const ctx = /** @type {OffscreenCanvasRenderingContext2D} */ (
    new OffscreenCanvas(side, side).getContext('2d')
  );
  paint(ctx, name, side);
  return ctx.getImageData(0, 0, side, side);
}

/**
 * An icon as an element one em wide, hidden from screen readers: the word stands beside it.
 * @param {string} name one of `iconNames`
 * @returns {HTMLCanvasElement}
 */
export function iconElement(name) {
  const canvas = document.createElement('canvas');
  canvas.width = 48;
  canvas.height = 48;
  canvas.className = 'icon';
  canvas.setAttribute('aria-hidden', 'true');
  paint(/** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d')), name, 48);
  return canvas;
}
