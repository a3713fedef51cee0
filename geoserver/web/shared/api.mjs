/** An answer that is not a success; the message is the server's own sentence. */
export class ProblemError extends Error {
  /**
   * @param {string} message
   * @param {number} status HTTP status, 0 if there was no answer
   */
  constructor(message, status) {
    super(message);
    this.name = 'ProblemError';
    this.status = status;
  }
}

/**
 * The JSON answer of one of this server's paths.
 * @template T
 * @param {string} path
 * @param {Record<string, string | number>} [query]
 * @param {{signal?: AbortSignal, timeout_ms?: number}} [options]
 * @returns {Promise<T>}
 */
export async function getJson(path, query = {}, { signal, timeout_ms = 15000 } = {}) {
  const search = new URLSearchParams(Object.entries(query).map(([k, v]) => [k, String(v)]));
  const url = search.size > 0 ? `${path}?${search}` : path;
  const limit = AbortSignal.timeout(timeout_ms);
  let response;
  try {
    response = await fetch(url, {
      headers: { Accept: 'application/json' },
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
    });
  } catch (fault) {
    if (signal?.aborted) throw fault;
    throw new ProblemError(limit.aborted ? '服务器超时未应答' : '无法连接服务器', 0);
  }
  if (!response.ok) throw new ProblemError(await sentence(response), response.status);
  return response.json();
}

/**
 * What a problem document (RFC 9457) says.
 * @param {Response} response
 */
async function sentence(response) {
  try {
    const problem = await response.json();
    return problem.detail || problem.title || `HTTP ${response.status}`;
  } catch {
    return `HTTP ${response.status}`;
  }
}

/**
 * A function that runs one request at a time: a new call aborts the one before, whose promise
 * then resolves to null.
 * @template {unknown[]} A
 * @template T
 * @param {(signal: AbortSignal, ...args: A) => Promise<T>} request
 * @returns {(...args: A) => Promise<T | null>}
 */
export function latestOnly(request) {
  /** @type {AbortController | null} */
  let running = null;
  return async (...args) => {
    running?.abort();
    const mine = new AbortController();
    running = mine;
    try {
      const answer = await request(mine.signal, ...args);
      return mine.signal.aborted ? null : answer;
    } catch (fault) {
      if (mine.signal.aborted) return null;
      throw fault;
    }
  };
}
