// The list of cells. Only the rows in sight are in the document, so that 20,000 of them cost what 40 do.

import { badge, grouped, make } from "./words.js";

/** @typedef {import("./data.js").Cell} Cell */

const BEYOND = 8; // rows above and below those in sight: what a turn of the wheel brings is there already
export const PRINTED = 1000; // rows, at most

/**
 * The list; `show` gives it its cells, `open` is called with the one that the reader opens.
 * @param {HTMLElement} grid with a row group in it
 * @param {(cell: Cell) => void} open
 */
export function list(grid, open) {
  const group = /** @type {HTMLElement} */ (grid.querySelector(".rows"));
  /** @type {Cell[]} */
  let cells = [];
  /** @type {Map<number, HTMLElement>} */
  let rows = new Map();
  let active = 0;
  let height = 0;

  /** @param {number} index */
  function row(index) {
    const cell = cells[index];
    const [scenario, ...rest] = cell.id.split("/");
    const peers = rest.pop() ?? "";
    const between = `/${rest.map((one) => `${one}/`).join("")}`;
    const element = make(
      "div",
      { role: "row", class: `row ${cell.verdict}`, id: `row-${index}`, "aria-rowindex": index + 2 },
      make("span", { role: "gridcell" }, badge(cell.verdict)),
      make("span", { role: "gridcell", class: "id" }, make("b", {}, scenario), between, make("b", {}, peers)),
      make("span", { role: "gridcell", class: "kind" }, cell.kind),
      make("span", { role: "gridcell", class: "seen" }, cell.verdict === "fail" ? cell.got : cell.reason),
      make("span", { role: "gridcell", class: "ms" }, cell.ms < 10 ? cell.ms.toFixed(1) : grouped(Math.round(cell.ms))),
    );
    element.style.top = `${index * height}px`;
    return element;
  }

  /** @type {(first: number, last: number) => void} */
  function render(first, last) {
    const kept = new Map();
    for (let index = first; index < last; index++) kept.set(index, rows.get(index) ?? row(index));
    for (const [index, element] of rows) if (!kept.has(index)) element.remove();
    for (const element of kept.values()) if (!element.isConnected) group.append(element);
    for (const [index, element] of kept) element.setAttribute("aria-selected", String(index === active));
    rows = kept;
    if (rows.has(active)) grid.setAttribute("aria-activedescendant", `row-${active}`);
    else grid.removeAttribute("aria-activedescendant");
  }

  function inSight() {
    const above = -group.getBoundingClientRect().top;
    const first = Math.max(0, Math.floor(above / height) - BEYOND);
    render(first, Math.min(cells.length, Math.ceil((above + innerHeight) / height) + BEYOND, first + 200));
  }

  function measure() {
    height = parseFloat(getComputedStyle(group).getPropertyValue("line-height"));
    group.style.height = `${cells.length * height}px`;
    for (const element of rows.values()) element.remove();
    rows = new Map();
    inSight();
  }

  /** @param {number} index */
  function activate(index) {
    active = Math.max(0, Math.min(cells.length - 1, index));
    const { top, bottom } = grid.getBoundingClientRect();
    const sticky = parseFloat(getComputedStyle(grid).scrollMarginTop) || 0;
    const place = group.getBoundingClientRect().top + active * height;
    if (place < sticky) scrollBy(0, place - sticky);
    else if (place + height > innerHeight) scrollBy(0, place + height - innerHeight);
    else if (bottom < sticky || top > innerHeight) grid.scrollIntoView();
    inSight();
  }

  grid.addEventListener("click", (event) => {
    const found = /** @type {Element} */ (event.target).closest(".row");
    if (!found) return;
    activate(Number(found.id.slice("row-".length)));
    grid.focus({ preventScroll: true });
    open(cells[active]);
  });
  grid.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !cells.length) return;
    const page = Math.max(1, Math.floor(innerHeight / height) - 3);
    const steps = /** @type {Record<string, number>} */ ({
      ArrowUp: active - 1,
      ArrowDown: active + 1,
      PageUp: active - page,
      PageDown: active + page,
      Home: 0,
      End: cells.length,
    });
    if (event.key === "Enter" || event.key === " ") open(cells[active]);
    else if (event.key in steps) activate(steps[event.key]);
    else return;
    event.preventDefault();
  });
  let waiting = false;
  addEventListener("scroll", () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      inSight();
    });
  }, { passive: true });
  addEventListener("resize", measure);
  addEventListener("beforeprint", () => render(0, Math.min(cells.length, PRINTED)));
  addEventListener("afterprint", measure);

  return {
    /** @param {Cell[]} found */
    show(found) {
      cells = found;
      active = 0;
      grid.setAttribute("aria-rowcount", String(cells.length + 1));
      measure();
    },
    /**
     * The cell before or after this one, which becomes the active one.
     * @param {Cell} cell
     * @param {number} step
     * @returns {Cell | undefined}
     */
    beside(cell, step) {
      const next = cells.indexOf(cell) + step;
      if (!cells[next]) return undefined;
      activate(next);
      return cells[next];
    },
  };
}
