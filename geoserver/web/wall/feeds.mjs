import { byId, element } from '../shared/elements.mjs';
import { ago } from '../shared/format.mjs';
import { feedsNow } from './freshness.mjs';

/** The line of data ages in the top bar. */
export class FeedLine {
  /** @type {readonly import('../shared/answers.mjs').Feed[]} */
  #feeds = [];
  #toldAt = 0;
  /** @type {Record<string, number>} */
  #heard = {};

  /**
   * @param {readonly import('../shared/answers.mjs').Feed[]} feeds
   * @param {number} now ms
   */
  tell(feeds, now) {
    this.#feeds = feeds;
    this.#toldAt = now;
  }

  /** @param {string} name of a feed that was heard on the live line @param {number} now ms */
  hear(name, now) {
    this.#heard[name] = now;
  }

  /** @param {number} now ms */
  show(now) {
    const items = feedsNow(this.#feeds, this.#toldAt, now, this.#heard).map((feed) =>
      element(
        'li',
        { className: feed.stale ? 'stale' : '', title: feed.stale ? '数据已陈旧' : '' },
        feed.title,
        element('b', { className: 'number' }, feed.age_s === null ? '无数据' : ago(feed.age_s)),
      ),
    );
    byId('feeds').replaceChildren(...items);
  }
}
