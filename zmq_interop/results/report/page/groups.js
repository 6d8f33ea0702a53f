// What is red, in groups of cells that have something in common: what a reader wants to know first.

import { repeated } from "./again.js";
import { CELLS, GROUPS } from "./data.js";
import { badge, byId, grouped, make } from "./words.js";

/** @typedef {import("./data.js").Group} Group */

const MOST = 12; // groups that are shown; the list has the cells of the others too

/**
 * Shows the groups. choose: called with the number of one that the reader wants to see, counted from 1; open: with the
 * id of its example.
 * @param {(number: string) => void} choose
 * @param {(id: string) => void} open
 * @param {(text: string) => void} say
 */
export function showGroups(choose, open, say) {
  const items = GROUPS.slice(0, MOST).map((group, index) => item(group, `${index + 1}`, choose, open, say));
  const more = GROUPS.length - items.length;
  if (more > 0) {
    items.push(make("li", { class: "note" }, `and ${grouped(more)} groups more: all their cells are below`));
  }
  byId("groups").replaceChildren(...items);
  byId("red").hidden = !items.length;
}

/**
 * @type {(group: Group, number: string, choose: (number: string) => void, open: (id: string) => void,
 *         say: (text: string) => void) => HTMLElement}
 */
function item(group, number, choose, open, say) {
  const count = group.cells.length;
  const only = make(
    "button",
    { type: "button", class: "words", value: number, "aria-pressed": "false", title: "Show only these cells" },
    group.sentence,
    ...count > 1 ? [": ", make("b", {}, grouped(count))] : [],
  );
  only.addEventListener("click", () => choose(number));
  const example = make("button", { type: "button" }, "Open");
  example.setAttribute("aria-label", "Open the first of them");
  example.addEventListener("click", () => open(CELLS[group.cells[0]].id));
  const how = group.how ? [make("span", { class: "kind" }, group.how)] : [];
  return make(
    "li",
    { class: group.verdict },
    make("div", { class: "common" }, badge(group.verdict), ...how, only),
    ...group.blame ? [make("div", { class: "blame" }, "Blame: ", group.blame)] : [],
    make("div", { class: "again" }, ...repeated(group.again, say), example),
  );
}
