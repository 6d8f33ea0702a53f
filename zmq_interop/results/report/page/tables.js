// The two tables of counts: peers by peers, and scenarios by transports. Both are grids: one stop for Tab, arrow keys
// move within, Enter chooses a field, a row or a column, and once more gives the choice up.

import { grouped, make, VERDICTS } from "./words.js";

/**
 * @typedef {import("./data.js").Cell} Cell
 *
 * @typedef {object} Shape
 * @property {string} label
 * @property {string} corner
 * @property {string[]} rows
 * @property {string[]} columns
 * @property {(cell: Cell) => [string, string]} place
 * @property {(row: string) => string} about what stands in a row's tip
 * @property {[string, string]} chosen
 * @property {(row: string, column: string) => void} choose
 */

/**
 * Fills a table with the counts of these cells.
 * @param {HTMLElement} table
 * @param {Shape} shape
 * @param {Cell[]} cells
 */
export function fill(table, shape, cells) {
  const counts = count(shape, cells);
  const [row, column] = shape.chosen;
  const chosen = (/** @type {string} */ one, /** @type {string} */ other) =>
    (row || column) && (!row || row === one) && (!column || column === other);
  const top = make("tr", {}, make("td", { class: "corner" }, shape.corner));
  top.append(...shape.columns.map((name) => header("col", name, name === column)));
  const body = shape.rows.map((name) => {
    const line = make("tr", {}, header("row", name, name === row, shape.about(name)));
    line.append(...shape.columns.map((other) => field(name, other, counts.get(key(name, other)), chosen(name, other))));
    return line;
  });
  const focused = table.contains(document.activeElement) ? position(document.activeElement) : null;
  table.setAttribute("aria-label", shape.label);
  table.replaceChildren(make("thead", {}, top), make("tbody", {}, ...body));
  const stop = focused && at(table, ...focused) || at(table, 1, 1) || at(table, 0, 1);
  stop?.setAttribute("tabindex", "0");
  if (focused) stop?.focus();
  table.onclick = (event) => act(event, shape);
  table.onkeydown = (event) => move(event, table, shape);
}

/**
 * @param {Shape} shape
 * @param {Cell[]} cells
 * @returns {Map<string, Map<string, number>>}
 */
function count(shape, cells) {
  const counts = new Map();
  for (const cell of cells) {
    const place = key(...shape.place(cell));
    let verdicts = counts.get(place);
    if (!verdicts) counts.set(place, verdicts = new Map());
    verdicts.set(cell.verdict, (verdicts.get(cell.verdict) ?? 0) + 1);
  }
  return counts;
}

/** @type {(row: string, column: string) => string} */
function key(row, column) {
  return JSON.stringify([row, column]);
}

/** @type {(scope: string, name: string, chosen: boolean, about?: string) => HTMLElement} */
function header(scope, name, chosen, about = "") {
  const attributes = { scope, tabindex: -1, "aria-selected": chosen ? "true" : "false", title: about || name };
  return make("th", { ...attributes, [scope === "row" ? "data-row" : "data-column"]: name }, make("span", {}, name));
}

/** @type {(row: string, column: string, verdicts: Map<string, number> | undefined, chosen: unknown) => HTMLElement} */
function field(row, column, verdicts, chosen) {
  const there = VERDICTS.filter((one) => verdicts?.get(one.name)).map((one) => ({
    ...one,
    number: /** @type {Map<string, number>} */ (verdicts).get(one.name) ?? 0,
  }));
  const told = there.map((one) => `${grouped(one.number)} ${one.name}`).join(", ") || "no cells";
  const element = make("td", {
    role: "gridcell",
    tabindex: -1,
    class: there[0]?.name ?? "none",
    "data-row": row,
    "data-column": column,
    "aria-selected": chosen ? "true" : "false",
    "aria-label": `${row} to ${column}: ${told}`,
    title: told,
  });
  const passed = there.find((one) => one.name === "pass");
  const others = there.filter((one) => one.name !== "pass");
  element.append(make("b", {}, passed ? grouped(passed.number) : there.length ? "0" : "·"));
  const signs = others.map((one) => make("span", { class: one.name }, `${one.sign}${grouped(one.number)}`));
  element.append(make("small", {}, ...signs));
  for (const one of there) element.dataset[one.name] = String(one.number);
  return element;
}

/** @type {(event: Event, shape: Shape) => boolean} */
function act(event, shape) {
  const target = /** @type {Element} */ (event.target).closest("th, td[role]");
  if (!(target instanceof HTMLElement)) return false;
  const { row = "", column = "" } = target.dataset;
  const again = row === shape.chosen[0] && column === shape.chosen[1];
  target.focus();
  shape.choose(again ? "" : row, again ? "" : column);
  return true;
}

/** @type {(event: KeyboardEvent, table: HTMLElement, shape: Shape) => void} */
function move(event, table, shape) {
  const here = position(event.target);
  if (!here) return;
  const [row, column] = here;
  const last = table.querySelectorAll("tr").length - 1;
  const steps = /** @type {Record<string, [number, number]>} */ ({
    ArrowUp: [row - 1, column],
    ArrowDown: [row + 1, column],
    ArrowLeft: [row, column - 1],
    ArrowRight: [row, column + 1],
    Home: [row, 0],
    End: [row, shape.columns.length],
    PageUp: [0, column],
    PageDown: [last, column],
  });
  if (event.key === "Enter" || event.key === " ") {
    if (act(event, shape)) event.preventDefault();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || !(event.key in steps)) return;
  event.preventDefault();
  const next = at(table, ...steps[event.key]);
  if (!next) return;
  table.querySelector("[tabindex='0']")?.setAttribute("tabindex", "-1");
  next.setAttribute("tabindex", "0");
  next.focus();
}

/** @type {(element: EventTarget | null) => [number, number] | null} */
function position(element) {
  const field = element instanceof Element ? element.closest("th, td") : null;
  if (!(field instanceof HTMLTableCellElement)) return null;
  return [/** @type {HTMLTableRowElement} */ (field.parentElement).rowIndex, field.cellIndex];
}

/** @type {(table: HTMLElement, row: number, column: number) => HTMLElement | null} */
function at(table, row, column) {
  const found = /** @type {HTMLTableElement} */ (table).rows[row]?.cells[column];
  return found?.hasAttribute("tabindex") ? found : null;
}
