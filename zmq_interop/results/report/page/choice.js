// Which cells are shown: the reader's choice, which the address keeps, so that it can be sent to others.

import { CELLS, FINDINGS, GROUPS, WORST_FIRST } from "./data.js";
import { VERDICTS } from "./words.js";

/**
 * @typedef {object} Choice
 * @property {string[]} verdict those that are shown; none: all
 * @property {string} scenario
 * @property {string} transport
 * @property {string} peer in any role
 * @property {string} kind
 * @property {string} row the peer in the first role
 * @property {string} column the peer in the second role
 * @property {string} group the number of a group of red cells
 * @property {string} finding the number of a finding about known cells
 * @property {string} text words that must all be found
 * @property {string} view which table stands above the list
 * @property {string} cell the id of the one that is opened
 *
 * @typedef {import("./data.js").Cell} Cell
 */

const TEXTS = /** @type {const} */ ([
  "scenario",
  "transport",
  "peer",
  "kind",
  "row",
  "column",
  "group",
  "finding",
  "text",
  "view",
  "cell",
]);

/**
 * The choice that an address tells.
 * @param {string} hash
 * @returns {Choice}
 */
export function read(hash) {
  const told = new URLSearchParams(hash.replace(/^#/, ""));
  const wanted = (told.get("verdict") ?? "").split(",");
  const choice = /** @type {Choice} */ ({
    verdict: VERDICTS.map((one) => one.name).filter((name) => wanted.includes(name)),
  });
  for (const name of TEXTS) choice[name] = told.get(name) ?? "";
  return choice;
}

/**
 * The address that tells this choice, to be read by people too.
 * @param {Choice} choice
 */
export function written(choice) {
  const told = new URLSearchParams();
  if (choice.verdict.length) told.set("verdict", choice.verdict.join(","));
  for (const name of TEXTS) if (choice[name]) told.set(name, choice[name]);
  return "#" + told.toString().replaceAll("%2F", "/").replaceAll("%3A", ":").replaceAll("%2C", ",");
}

/**
 * The peers by which a cell stands in the table of peers: of the first two roles.
 * @param {Cell} cell
 * @returns {[string, string]}
 */
export function pair(cell) {
  return [cell.peers[0], cell.peers[Math.min(1, cell.peers.length - 1)]];
}

/**
 * The chosen cells, worst first.
 * @param {Choice} choice
 * @param {(keyof Choice)[]} but parts of the choice that do not count here
 * @returns {Cell[]}
 */
export function chosen(choice, but = []) {
  /** @type {((cell: Cell) => boolean)[]} */
  const tests = [];
  /** @type {(name: keyof Choice, test: (cell: Cell) => boolean) => void} */
  const ask = (name, test) => {
    if (choice[name].length && !but.includes(name)) tests.push(test);
  };
  ask("verdict", (cell) => choice.verdict.includes(cell.verdict));
  ask("scenario", (cell) => cell.scenario === choice.scenario);
  ask("transport", (cell) => cell.transport === choice.transport);
  ask("peer", (cell) => cell.peers.includes(choice.peer));
  ask("kind", (cell) => cell.kind === choice.kind);
  ask("row", (cell) => pair(cell)[0] === choice.row);
  ask("column", (cell) => pair(cell)[1] === choice.column);
  const members = new Set(GROUPS[Number(choice.group) - 1]?.cells);
  ask("group", (cell) => members.has(cell.index));
  const known = new Set(FINDINGS[Number(choice.finding) - 1]?.cells);
  ask("finding", (cell) => known.has(cell.index));
  const words = choice.text.toLowerCase().split(/\s+/).filter(Boolean);
  ask("text", (cell) => words.every((word) => searched(cell).includes(word)));
  return WORST_FIRST.map((index) => CELLS[index]).filter((cell) => tests.every((test) => test(cell)));
}

/** @type {string[]} */
const texts = [];

/**
 * What is searched of a cell. Made when first asked for: most readers never search.
 * @param {Cell} cell
 */
function searched(cell) {
  texts[cell.index] ??= [cell.id, cell.verdict, cell.kind, cell.expected, cell.got, cell.reason].join("\n")
    .toLowerCase();
  return texts[cell.index];
}
