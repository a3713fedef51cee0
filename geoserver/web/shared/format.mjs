/** Numbers, spans and moments as Chinese text. Everything here is pure. */

const grouped = new Intl.NumberFormat('zh-CN', { maximumFractionDigits: 0 });
const oneDigit = new Intl.NumberFormat('zh-CN', { maximumFractionDigits: 1 });

const MINUTE = 60;
const HOUR = 3600;
const DAY = 86400;

/**
 * A count with thousands separators; a dash where nothing is known.
 * @param {number | null | undefined} n
 */
export function count(n) {
  return n === null || n === undefined || Number.isNaN(n) ? '—' : grouped.format(n);
}

/**
 * A share as a percentage with one digit; never rounded up to 100 % when something is missing.
 * @param {number} part
 * @param {number} whole
 */
export function share(part, whole) {
  if (!(whole > 0)) return '—';
  const tenths = Math.round((part / whole) * 1000);
  return `${(part < whole ? Math.min(tenths, 999) : tenths) / 10}%`;
}

/**
 * Change against an earlier value, with a sign: "+4.1%", "−4.1%", "持平".
 * @param {number} now
 * @param {number} before
 */
export function change(now, before) {
  if (!(before > 0)) return null;
  const percent = Math.round(((now - before) / before) * 1000) / 10;
  if (percent === 0) return '持平';
  return `${percent > 0 ? '+' : '−'}${oneDigit.format(Math.abs(percent))}%`;
}

/**
 * A travel time as on a stopwatch: "1:12", "1:02:05".
 * @param {number} seconds
 */
export function stopwatch(seconds) {
  const whole = Math.round(seconds);
  const s = String(whole % 60).padStart(2, '0');
  const m = Math.floor(whole / MINUTE) % 60;
  const h = Math.floor(whole / HOUR);
  return h > 0 ? `${h}:${String(m).padStart(2, '0')}:${s}` : `${m}:${s}`;
}

/**
 * A span in words with the one unit that fits: "46 秒", "11 分钟", "1.4 小时", "3 天".
 * @param {number} seconds
 */
export function span(seconds) {
  const s = Math.max(0, seconds);
  if (s < 59.5) return `${Math.round(s)} 秒`;
  if (s < HOUR - 30) return `${Math.round(s / MINUTE)} 分钟`;
  if (s < DAY) return `${oneDigit.format(s / HOUR)} 小时`;
  return `${oneDigit.format(s / DAY)} 天`;
}

/**
 * How long ago: "3 秒", from a minute on "4 分钟前".
 * @param {number} seconds
 */
export function ago(seconds) {
  return seconds < 59.5 ? span(seconds) : `${span(seconds)}前`;
}

/**
 * Time left to a deadline, or time past it.
 * @param {number} deadline ms since 1970
 * @param {number} now ms since 1970
 */
export function remaining(deadline, now) {
  const left = (deadline - now) / 1000;
  return left >= 0 ? `剩余 ${span(left)}` : `超期 ${span(-left)}`;
}

/**
 * A distance on the ground: "850 米", "2.1 公里".
 * @param {number} metres
 */
export function distance(metres) {
  return metres < 999.5 ? `${Math.round(metres)} 米` : `${oneDigit.format(metres / 1000)} 公里`;
}

const POINTS = ['北', '东北', '东', '东南', '南', '西南', '西', '西北'];

/**
 * The nearest of the eight compass points.
 * @param {number} degrees clockwise from north
 */
export function compass(degrees) {
  return POINTS[((Math.round(degrees / 45) % 8) + 8) % 8];
}

/**
 * Formatters of moments in one time zone.
 * @param {string} timeZone IANA name, such as "Asia/Shanghai"
 */
export function momentsIn(timeZone) {
  const fields = new Intl.DateTimeFormat('zh-CN', {
    timeZone,
    hourCycle: 'h23',
    month: '2-digit',
    day: '2-digit',
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  });
  /** @param {number} ms @returns {Record<string, string>} */
  const parts = (ms) =>
    Object.fromEntries(fields.formatToParts(new Date(ms)).map((p) => [p.type, p.value]));
  return {
    /** "14:02" @param {number} ms */
    minute(ms) {
      const p = parts(ms);
      return `${p.hour}:${p.minute}`;
    },
    /** "14:02" today, "11-21 14:02" on another day. @param {number} ms @param {number} now */
    short(ms, now) {
      const p = parts(ms);
      const t = parts(now);
      const sameDay = p.month === t.month && p.day === t.day && Math.abs(now - ms) < DAY * 2000;
      return sameDay ? `${p.hour}:${p.minute}` : `${p.month}-${p.day} ${p.hour}:${p.minute}`;
    },
    /** ms of the last midnight of the city, days of a clock change aside. @param {number} ms */
    midnight(ms) {
      const p = parts(ms);
      const seconds = Number(p.hour) * HOUR + Number(p.minute) * MINUTE + Number(p.second);
      return Math.floor(ms / 1000) * 1000 - seconds * 1000;
    },
    /** "11-22 周日 14:32:07" @param {number} ms */
    clock(ms) {
      const p = parts(ms);
      return `${p.month}-${p.day} ${p.weekday} ${p.hour}:${p.minute}:${p.second}`;
    },
  };
}

/** @typedef {ReturnType<typeof momentsIn>} Moments */
