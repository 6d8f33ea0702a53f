// What the page tells of, read from the data that stand in it (packing.py writes them).

import { byId, RANK } from "./words.js";

/**
 * @typedef {object} Cell
 * @property {number} index in the order of the plan
 * @property {string} id
 * @property {string} scenario
 * @property {string} transport
 * @property {string} binder
 * @property {Record<string, string>} roles role -> peer
 * @property {Record<string, string>} values axis -> value
 * @property {string} verdict
 * @property {string} kind
 * @property {string} expected
 * @property {string} got
 * @property {string} reason
 * @property {string} url
 * @property {number} ms
 * @property {string[]} peers in the order of the roles
 *
 * @typedef {[number, number, string, number, string, string, string]} Operation
 *   at and took in microseconds, took -1 without answer; instance, lane, call, asked, answered
 *
 * @typedef {object} Details
 * @property {string} again
 * @property {string} since in words, "" where it is not red, or nobody knows
 * @property {boolean} alone
 * @property {Record<string, string>} instances
 * @property {Operation[]} operations
 * @property {number} skipped
 * @property {Record<string, string>} stderr
 * @property {Wired | null} wire
 *
 * @typedef {[number, number, string, string, string, string[]]} WireRow
 *   at in microseconds, number of the connection, role that sent, role that received, what, details
 *
 * @typedef {object} Wired what relays saw of one play
 * @property {string} told how a replay went, "" for the play with the verdict
 * @property {string[]} notes
 * @property {Record<string, string>} instances
 * @property {Operation[]} operations of the same play
 * @property {WireRow[]} rows
 * @property {number} skipped
 *
 * @typedef {object} Group
 * @property {string} verdict
 * @property {string} how
 * @property {string} sentence what its cells have in common
 * @property {string} blame which peers comparison with other cells points to, with counts; "" if nothing was compared
 * @property {number[]} cells their indices; the first is the example
 * @property {string} again the line that plays the example again
 *
 * @typedef {object} Finding
 * @property {string} library that the reason speaks of, "" for none
 * @property {string} reason
 * @property {string} url where it is described, as the ledger has it
 * @property {{heading: string, text: string} | null} section that description, where the page has it
 * @property {number[]} cells their indices
 *
 * @typedef {object} Peer
 * @property {string} name
 * @property {string} runtime
 * @property {string} language
 * @property {Record<string, string>} libraries
 * @property {number} lanes
 */

/** The whole of it, but for what only an opened cell shows. */
export const DATA = JSON.parse(/** @type {string} */ (byId("data").textContent));

/** @type {Group[]} The red cells by what they have in common. */
export const GROUPS = DATA.groups;

/** @type {Finding[]} What is known to fail. */
export const FINDINGS = DATA.findings;

/** @type {Cell[]} */
export const CELLS = unpack(DATA.cells, DATA.shared);

/** The indices of all cells, worst verdicts first, each in the order of the plan. */
export const WORST_FIRST = CELLS.map((cell) => cell.index).sort((one, other) =>
  rank(CELLS[one]) - rank(CELLS[other]) || one - other
);

/**
 * @param {[string, ...number[]][]} rows
 * @param {any[]} shared
 * @returns {Cell[]}
 */
function unpack(rows, shared) {
  return rows.map((row, index) => {
    const [id, scenario, transport, binder, roles, values, verdict, kind, expected, got, reason, url, ms] = row;
    return {
      index,
      id,
      scenario: shared[scenario],
      transport: shared[transport],
      binder: shared[binder],
      roles: shared[roles],
      values: shared[values],
      verdict: shared[verdict],
      kind: shared[kind],
      expected: shared[expected],
      got: shared[got],
      reason: shared[reason],
      url: shared[url],
      ms,
      peers: Object.values(shared[roles]),
    };
  });
}

/** @param {Cell} cell */
function rank(cell) {
  return /** @type {number} */ (RANK.get(cell.verdict));
}

/** @type {Map<number, Promise<Details[]>>} */
const inflated = new Map();

/**
 * What only an opened cell shows. Rejected where this browser cannot inflate.
 * @param {Cell} cell
 * @returns {Promise<Details>}
 */
export async function details(cell) {
  const chunk = DATA.chunks.findLastIndex((/** @type {number} */ first) => first <= cell.index);
  if (!inflated.has(chunk)) inflated.set(chunk, inflate(byId(`chunk-${chunk}`).textContent ?? ""));
  return (await /** @type {Promise<Details[]>} */ (inflated.get(chunk)))[cell.index - DATA.chunks[chunk]];
}

/**
 * @param {string} text base64 of raw deflate of JSON
 * @returns {Promise<Details[]>}
 */
function inflate(text) {
  const bytes = Uint8Array.from(atob(text), (one) => one.charCodeAt(0));
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"))).json();
}
