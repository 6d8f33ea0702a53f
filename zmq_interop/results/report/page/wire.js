// What relays saw of a cell: the bytes between the operations of both agents, in time order.

import { DATA } from "./data.js";
import { block, grouped, make, sign } from "./words.js";

/**
 * @typedef {import("./data.js").Cell} Cell
 * @typedef {import("./data.js").Operation} Operation
 * @typedef {import("./data.js").Wired} Wired
 * @typedef {import("./data.js").WireRow} WireRow
 */

const WIRE_FIRST = 200; // rows before those that are left out

/**
 * The first role's operations, the wire, and those of all other roles; nothing where no bytes were kept.
 * @param {Cell} cell
 * @param {Wired | null} wire
 * @returns {HTMLElement[]}
 */
export function wired(cell, wire) {
  if (!wire) return [];
  const roles = Object.keys(cell.roles);
  const notes = [...wire.told ? [`Of a second play: ${wire.told}.`] : [], ...wire.notes];
  const instances = Object.values(wire.instances);
  /** @type {[number, HTMLElement][]} */
  const rows = [
    ...wire.operations.map((one) => wireOperation(one, wire.instances[roles[0]], instances)),
    ...wire.rows.map((one) => wireItem(one, roles[0])),
  ];
  rows.sort(([one], [other]) => one - other);
  const shown = rows.map(([, row]) => row);
  if (wire.skipped) {
    const more = `${grouped(wire.skipped)} frames are left out here; ${DATA.interop} log --wire shows them.`;
    shown.splice(WIRE_FIRST, 0, make("tr", { class: "skipped" }, make("td", { colspan: 4 }, more)));
  }
  const titles = ["at ms", roles[0], "wire", roles.slice(1).join(", ")];
  const head = titles.map((name) => make("th", { scope: "col" }, name));
  return [
    block(
      "Wire",
      ...notes.map((note) => make("p", { class: "note" }, note)),
      make(
        "table",
        { class: "wire", "aria-label": "The bytes between the operations of both sides, in time order" },
        make("thead", {}, make("tr", {}, ...head)),
        make("tbody", {}, ...shown),
      ),
    ),
  ];
}

/** @type {(one: Operation, left: string, instances: string[]) => [number, HTMLElement]} */
function wireOperation([at, , instance, , call, asked, answered], left, instances) {
  const what = make(
    "td",
    { class: "what" },
    sign(instance, instances),
    make("div", {}, make("b", {}, call), " ", asked),
    make("div", { class: "answer" }, "→ ", answered || "no answer"),
  );
  return [at, wireLine(at, ...instance === left ? [what, make("td"), make("td")] : [make("td"), make("td"), what])];
}

/** @type {(one: WireRow, left: string) => [number, HTMLElement]} */
function wireItem([at, connection, sender, receiver, title, details], left) {
  const arrow = sender === left ? "→" : receiver === left ? "←" : "·";
  const what = make(
    "td",
    { class: "bytes" },
    make("div", {}, make("b", {}, `${arrow} ${connection}`), ` ${sender}: ${title}`),
    ...details.length ? [make("pre", {}, details.join("\n"))] : [],
  );
  return [at, wireLine(at, make("td"), what, make("td"))];
}

/** @type {(at: number, ...cells: HTMLElement[]) => HTMLElement} */
function wireLine(at, ...cells) {
  return make("tr", {}, make("td", { class: "at" }, (at / 1000).toFixed(2)), ...cells);
}
