/**
 * The one websocket of a page: opens again by itself, waits longer after each failure, and goes
 * on from the last cursor it was given.
 */

/** @typedef {{topic: string, seq?: number, cursor?: string, [key: string]: any}} Message */
/** @typedef {'open' | 'waiting'} LineState */

/**
 * How long to wait before the next attempt: doubles from half a second to 15 s, of which a
 * random half is taken off, so that a hundred walls do not come back at once.
 * @param {number} attempt 0 for the first
 * @param {number} random in [0, 1)
 * @returns {number} ms
 */
export function retryDelay(attempt, random) {
  const full = Math.min(15000, 500 * 2 ** Math.min(attempt, 10));
  return full * (1 - random / 2);
}

export class LiveLine extends EventTarget {
  /** @type {WebSocket | null} */
  #socket = null;
  #attempt = 0;
  /** @type {string | null} opaque, as the server gave it last */
  #cursor = null;
  /** @type {[number, number, number, number] | null} */
  #box = null;
  #closed = false;

  /**
   * Events: a `message` (detail: `Message`) per message, a `state` (detail: `LineState`).
   * @param {string} path such as "/live"
   * @param {readonly string[]} topics
   */
  constructor(path, topics) {
    super();
    const url = new URL(path, location.href);
    url.protocol = url.protocol.replace('http', 'ws');
    url.searchParams.set('topics', topics.join(','));
    this.url = url.href;
  }

  /** Opens the line; from then on it keeps itself open. */
  open() {
    const socket = new WebSocket(this.url);
    this.#socket = socket;
    socket.addEventListener('open', () => {
      this.#attempt = 0;
      if (this.#box) this.#send({ box: this.#box });
      if (this.#cursor !== null) this.#send({ since: this.#cursor });
      this.#tell('state', 'open');
    });
    socket.addEventListener('message', (event) => this.#receive(event.data));
    socket.addEventListener('close', () => this.#retry());
  }

  /** Closes the line for good. */
  close() {
    this.#closed = true;
    this.#socket?.close();
  }

  /**
   * Tells the server which part of the map is looked at.
   * @param {[number, number, number, number]} box west, south, east, north
   */
  look(box) {
    this.#box = box;
    this.#send({ box });
  }

  /** @param {object} value */
  #send(value) {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(value));
  }

  /** @param {string} text */
  #receive(text) {
    /** @type {Message} */
    const message = JSON.parse(text);
    if (message.cursor !== undefined) this.#cursor = message.cursor;
    this.#tell('message', message);
  }

  #retry() {
    if (this.#closed) return;
    this.#tell('state', 'waiting');
    setTimeout(() => this.open(), retryDelay(this.#attempt, Math.random()));
    this.#attempt += 1;
  }

  /** @param {string} type @param {unknown} detail */
  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
