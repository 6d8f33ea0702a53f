// One cell, opened: what it asks, what came, what both agents did, and the line that plays it again.

import { repeated } from "./again.js";
import { DATA, details, FINDINGS } from "./data.js";
import { described } from "./findings.js";
import { badge, block, byId, grouped, make, sign, visible } from "./words.js";
import { wired } from "./wire.js";

/**
 * @typedef {import("./data.js").Cell} Cell
 * @typedef {import("./data.js").Details} Details
 * @typedef {import("./data.js").Operation} Operation
 * @typedef {import("./data.js").Peer} Peer
 */

/** @type {Cell | undefined} */
let current;

/**
 * Shows a cell in the dialog, which it opens.
 * @param {Cell} cell
 * @param {(text: string) => void} say
 */
export async function showCell(cell, say) {
  current = cell;
  const dialog = /** @type {HTMLDialogElement} */ (byId("cell"));
  const parts = cell.id.split("/").flatMap((part, index) => index ? ["/", make("wbr"), part] : [part]);
  byId("cell-id").replaceChildren(...make("span", {}, ...parts).childNodes);
  byId("cell-verdict").replaceChildren(badge(cell.verdict), ...cell.kind ? [make("b", {}, cell.kind)] : []);
  byId("cell-facts").replaceChildren(...seen(cell), asks(cell), parties(cell, {}));
  byId("cell-details").replaceChildren();
  byId("cell-again").replaceChildren();
  dialog.setAttribute("aria-label", visible(cell.id));
  if (!dialog.open) dialog.showModal();
  byId("cell-body").scrollTop = 0;
  try {
    const found = await details(cell);
    if (current !== cell) return; // the reader has gone on
    byId("cell-facts").replaceChildren(...seen(cell), ...since(found), asks(cell), parties(cell, found.instances));
    byId("cell-again").replaceChildren(...repeated(found.again, say));
    byId("cell-details").replaceChildren(
      ...found.alone ? [alone()] : [],
      ...timeline(found),
      ...wired(cell, found.wire),
      ...stderr(found),
    );
  } catch (error) {
    if (current !== cell) return;
    byId("cell-details").replaceChildren(make("p", { class: "note" }, unreadable(cell, error)));
  }
}

/** @type {(cell: Cell, error: unknown) => string} */
function unreadable(cell, error) {
  const why = "DecompressionStream" in globalThis ? String(error) : "this browser is too old to unpack them";
  return `Operations and stderr cannot be shown: ${why}. ${DATA.interop} log ${cell.id} shows them.`;
}

/** @type {(found: Details) => HTMLElement[]} */
function since(found) {
  return found.since ? [block("Red since", make("p", {}, found.since))] : [];
}

/** @type {(cell: Cell) => HTMLElement[]} */
function seen(cell) {
  const blocks = [];
  if (cell.expected || cell.got) {
    const [expected, got] = differing(cell.expected, cell.got);
    blocks.push(block("Expected", make("pre", {}, ...expected)), block("Got", make("pre", {}, ...got)));
  }
  if (cell.reason) {
    const finding = FINDINGS.find((one) => one.cells.includes(cell.index));
    blocks.push(block("Reason", make("p", {}, cell.reason), ...described(cell.url, finding?.section)));
  }
  return blocks;
}

/**
 * Both texts, with what is different between a common beginning and a common end marked.
 * @param {string} expected
 * @param {string} got
 * @returns {[(string | Node)[], (string | Node)[]]}
 */
function differing(expected, got) {
  const [one, other] = [[...expected], [...got]]; // characters, lest one be cut in two
  const least = Math.min(one.length, other.length);
  let head = 0;
  while (head < least && one[head] === other[head]) head++;
  let tail = 0;
  while (tail < least - head && one.at(-1 - tail) === other.at(-1 - tail)) tail++;
  if (head + tail < least / 4) return [[expected], [got]]; // hardly anything is the same
  /** @type {(text: string[]) => (string | Node)[]} */
  const marked = (text) => {
    const [begin, middle, end] = [[0, head], [head, text.length - tail], [text.length - tail]]
      .map((cut) => text.slice(...cut).join(""));
    return [begin, ...middle ? [make("mark", {}, middle)] : [], end];
  };
  return [marked(one), marked(other)];
}

/** @type {(cell: Cell) => HTMLElement} */
function asks(cell) {
  const doc = DATA.scenarios[cell.scenario]?.doc ?? "The log does not say what this scenario asks.";
  const paragraphs = doc.split(/\n\s*\n/).map((/** @type {string} */ text) => make("p", {}, text.replace(/\s+/g, " ")));
  const choices = { transport: cell.transport, binds: cell.binder, ...cell.values };
  const list = make("dl", { class: "choices" });
  for (const [name, value] of Object.entries(choices)) {
    list.append(make("div", {}, make("dt", {}, name), make("dd", {}, value)));
  }
  return block("What it asks", ...paragraphs, list);
}

/** @type {(cell: Cell, instances: Record<string, string>) => HTMLElement} */
function parties(cell, instances) {
  const list = make("dl", { class: "parties" });
  for (const [role, name] of Object.entries(cell.roles)) {
    const known = DATA.peers.filter((/** @type {Peer} */ peer) => peer.name === name);
    const versions = known.map((/** @type {Peer} */ peer) => `${libraries(peer)} · ${peer.runtime}`).join("; ");
    const agent = instances[role] ? [" ", sign(instances[role], Object.values(instances))] : [];
    const told = make("p", {}, versions || "no agent of it ever said Hello");
    list.append(make("dt", {}, role), make("dd", {}, make("b", {}, name), ...agent, told));
  }
  return block("Who", list);
}

/**
 * @param {Peer} peer
 * @returns {string}
 */
export function libraries(peer) {
  return [peer.language, ...Object.entries(peer.libraries).map((one) => one.join(" "))].join(", ");
}

function alone() {
  return make("p", { class: "note" }, "Played alone, after an agent had been lost with several cells in flight.");
}

/** @type {(found: Details) => HTMLElement[]} */
function timeline(found) {
  const { operations, skipped } = found;
  if (!operations.length) return [block("Operations", make("p", { class: "note" }, "It was not played."))];
  const instances = [...new Set([...Object.values(found.instances), ...operations.map((one) => one[2])])];
  const rows = operations.map((one) => operation(one, instances));
  const more = `${grouped(skipped)} operations are left out here; ${DATA.interop} log shows them all.`;
  if (skipped) rows.splice(200, 0, make("tr", { class: "skipped" }, make("td", { colspan: 3 }, more)));
  const head = ["at ms", "agent, lane", "operation, answer"].map((name) => make("th", { scope: "col" }, name));
  const title = `Operations of ${instances.length === 1 ? "the agent" : "all agents"} in time order`;
  return [
    block(
      "Operations",
      make(
        "table",
        { class: "timeline", "aria-label": title },
        make("thead", {}, make("tr", {}, ...head)),
        make("tbody", {}, ...rows),
      ),
    ),
  ];
}

/** @type {(one: Operation, instances: string[]) => HTMLElement} */
function operation([at, took, instance, lane, call, asked, answered], instances) {
  const ms = took < 0 ? "" : `${(took / 1000).toFixed(took < 10_000 ? 2 : 0)} ms`;
  return make(
    "tr",
    {},
    make("td", { class: "at" }, (at / 1000).toFixed(2)),
    make("td", { class: "by" }, sign(instance, instances), make("small", {}, ` ${lane}`)),
    make(
      "td",
      { class: "what" },
      make("div", {}, make("b", {}, call), " ", asked),
      " ",
      make("div", { class: answered ? "answer" : "answer none" }, "→ ", answered || "no answer", make("small", {}, ms)),
    ),
  );
}

/** @type {(found: Details) => HTMLElement[]} */
function stderr(found) {
  const told = Object.entries(found.stderr).filter(([, text]) => text.trim());
  const instances = Object.values(found.instances);
  if (!told.length) {
    return found.operations.length ? [block("stderr", make("p", { class: "note" }, "No agent wrote anything."))] : [];
  }
  return [
    block(
      "stderr",
      ...told.flatMap(([instance, text]) => [
        make("h4", {}, sign(instance, instances)),
        make("pre", {}, text.trimEnd()),
      ]),
    ),
  ];
}
