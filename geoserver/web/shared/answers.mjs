/** What the server answers, as types; nothing runs here. */

/** @typedef {import('./spheres.mjs').LonLat} LonLat */
/** @typedef {'exact' | 'protected'} CountKind */
/** @typedef {'green' | 'blue' | 'red'} CaseColour */
/** @typedef {{level: string, code: string, name: string}} ChainLink */
/** @typedef {{kind?: CountKind, seq?: number, grid_version?: number | null}} Provenance */

/**
 * @typedef {object} LayerEntry
 * @property {string} name
 * @property {string} title_zh
 * @property {string} title_en
 * @property {string} geometry
 * @property {number} count
 * @property {Record<string, Record<string, string>>} [words] per field, value to Chinese title
 */

/**
 * @typedef {object} City `/city.json`
 * @property {string} name
 * @property {string} code
 * @property {LonLat | null} center
 * @property {[number, number, number, number] | null} bounds
 * @property {string} timezone
 * @property {{level: string, title: string, count: number}[]} levels
 * @property {LayerEntry[]} layers
 * @property {number | null} grid_version
 * @property {number} seq
 * @property {string | null} attribution
 * @property {string | null} map_approval
 */

/**
 * @typedef {object} CaseRow
 * @property {number} id
 * @property {string} code
 * @property {string} title
 * @property {string} state
 * @property {CaseColour} colour
 * @property {string | null} address
 * @property {string | null} grid
 * @property {number} reported_at ms
 * @property {number | null} deadline_at ms
 * @property {number | null} [closed_at] ms
 * @property {number | null} [lon]
 * @property {number | null} [lat]
 */

/** @typedef {{name: string, title: string, age_s: number | null, stale: boolean}} Feed */
/** @typedef {{t: number, n: number, red: number}} Bin */

/**
 * @typedef {object} OverviewFigures
 * @property {number} as_of ms
 * @property {number} reported_today
 * @property {number} reported_same_day_last_week
 * @property {number} period_days over which `due`, the streets and the response are taken
 * @property {number} due
 * @property {number} closed_on_time
 * @property {number} overdue
 * @property {number} at_risk
 * @property {number} open
 * @property {number} on_duty
 * @property {number | null} on_duty_expected
 * @property {{code: string, name: string, due: number, closed_on_time: number,
 *   rate: number | null}[]} by_street
 * @property {Bin[]} histogram
 * @property {Feed[]} feeds
 * @property {CaseRow[]} recent
 * @property {{median_accept_s: number | null, median_arrive_s: number | null} | null} response
 */
/** @typedef {OverviewFigures & Provenance} Overview `/overview` */

/**
 * @typedef {object} Unit
 * @property {number} id
 * @property {string} kind
 * @property {string} name
 * @property {number} lon
 * @property {number} lat
 * @property {number} travel_time_s
 * @property {number} distance_m
 * @property {string} reason
 * @property {number | null} position_age_s
 * @property {LonLat[] | null} route null where no road was found: the time is an estimate
 */
/**
 * @typedef {object} Rejected
 * @property {number} id
 * @property {string} kind
 * @property {string} name
 * @property {string} reason
 * @property {number | null} travel_time_s
 */
/**
 * @typedef {{target: unknown, units: Unit[], rejected: Rejected[], method: 'road' | 'straight'}
 *   & Provenance} Nearest `/dispatch/nearest`
 */

/**
 * @typedef {object} CoveringCamera
 * @property {number} id
 * @property {string} name
 * @property {number} lon
 * @property {number} lat
 * @property {number} distance_m
 * @property {number | null} bearing where the camera looks, degrees clockwise from north
 * @property {number | null} [fov_deg]
 * @property {number | null} [range_m]
 * @property {boolean} sees
 */
/** @typedef {{radius_m: number} & Record<string, number | null>} RingCounts */
/**
 * @typedef {{rings: RingCounts[], cameras: CoveringCamera[], chain: ChainLink[]}
 *   & Provenance} Around `/dispatch/around`
 */

/**
 * @typedef {object} Hotspots `/analysis/hotspots`
 * @property {{code: string, name: string, z: number, p_value: number,
 *   class: 'hot' | 'cold' | 'none'}[]} cells
 * @property {number} seed
 * @property {number} p_min
 * @property {number} draws
 * @property {number} family
 * @property {string} null_model
 */

/**
 * @typedef {{code: string, name: string, level: string, chain: ChainLink[],
 *   counts: Record<string, number | null>} & Provenance} GridSummary
 */
/**
 * @typedef {{id: number, name: string | null, address: string | null, floors: number | null,
 *   use?: string | null, units: number | null, households: number | null, people: number | null,
 *   chain: ChainLink[]} & Provenance} BuildingSummary
 */

/**
 * @typedef {{type: 'Feature', id: number, geometry: import('geojson').Geometry | null,
 *   properties: Record<string, any>}} Item one item of a collection
 */

export {};
