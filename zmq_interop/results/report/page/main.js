// The page: puts its parts together, and keeps them and the address in step with what the reader chooses.

import { libraries, showCell } from "./cell.js";
import { chosen, pair, read, written } from "./choice.js";
import { CELLS, DATA } from "./data.js";
import { list, PRINTED } from "./list.js";
import { showFindings } from "./findings.js";
import { showGroups } from "./groups.js";
import { fill } from "./tables.js";
import { badge, byId, grouped, make, VERDICTS } from "./words.js";

/**
 * @typedef {import("./choice.js").Choice} Choice
 * @typedef {import("./data.js").Cell} Cell
 */

const THEME = "interop-theme"; // where the browser keeps the reader's wish
const SELECTS = /** @type {const} */ (["scenario", "transport", "peer", "kind"]);
const dialog = /** @type {HTMLDialogElement} */ (byId("cell"));
const search = /** @type {HTMLInputElement} */ (byId("text"));
let choice = read(location.hash);
/** @type {Cell | undefined} */
let opened;

const cells = list(byId("grid"), (cell) => choose({ cell: cell.id }, true));

/** @type {<Value>(values: Iterable<Value>) => Value[]} */
function once(values) {
  return [...new Set(values)];
}

const SCENARIOS = once(CELLS.map((cell) => cell.scenario));
const TRANSPORTS = once(CELLS.map((cell) => cell.transport));
const PEERS = once(CELLS.flatMap((cell) => cell.peers)).sort();
const PAIRED = CELLS.filter((cell) => cell.peers.length); // without cells in which two programs of the user meet
const ROWS = once(PAIRED.map((cell) => pair(cell)[0])).sort();
const COLUMNS = once(PAIRED.map((cell) => pair(cell)[1])).sort();
const KINDS = once(CELLS.map((cell) => cell.kind)).filter(Boolean).sort();

/**
 * Changes a part of the choice. step: whether the browser's Back undoes it.
 * @param {Partial<Choice>} part
 */
function choose(part, step = false) {
  choice = { ...choice, ...part };
  const address = written(choice);
  if (step) history.pushState(null, "", address);
  else history.replaceState(null, "", address);
  update(Object.keys(part).some((name) => name !== "cell" && name !== "view"));
}

/** Shows what is chosen. anew: whether other cells are. */
function update(anew = true) {
  if (anew) {
    const found = chosen(choice);
    cells.show(found);
    const of = found.length < CELLS.length ? `${grouped(found.length)} of` : "all";
    byId("count").textContent = `${of} ${grouped(CELLS.length)} cells`;
    byId("grid").hidden = !found.length;
    byId("nothing").hidden = Boolean(found.length);
    byId("more").textContent = found.length > PRINTED ? `The first ${grouped(PRINTED)} are printed.` : "";
  }
  for (const button of byId("account").querySelectorAll("button")) {
    button.setAttribute("aria-pressed", String(choice.verdict.includes(button.value)));
  }
  for (const button of byId("groups").querySelectorAll("button.words")) {
    button.setAttribute("aria-pressed", String(/** @type {HTMLButtonElement} */ (button).value === choice.group));
  }
  for (const button of byId("findings").querySelectorAll("button.words")) {
    button.setAttribute("aria-pressed", String(/** @type {HTMLButtonElement} */ (button).value === choice.finding));
  }
  for (const name of SELECTS) /** @type {HTMLSelectElement} */ (byId(name)).value = choice[name];
  if (search.value !== choice.text) search.value = choice.text;
  byId("clear").hidden = written({ ...choice, view: "", cell: "" }) === "#";
  tables();
  const wanted = choice.cell ? CELLS.find((cell) => cell.id === choice.cell) : undefined;
  if (wanted && wanted !== opened) showCell(wanted, say);
  if (!wanted && dialog.open) dialog.close();
  opened = wanted;
}

/** Says that the table is wider than its window, which no scrollbar of a phone does, until it has been pushed. */
function sideways() {
  const window = byId("table-window");
  byId("sideways").hidden = window.scrollWidth - window.clientWidth - window.scrollLeft < 8;
}

function tables() {
  const byScenario = choice.view === "scenarios";
  for (const tab of byId("tabs").querySelectorAll("button")) {
    const selected = (tab.id === "tab-scenarios") === byScenario;
    tab.setAttribute("aria-selected", String(selected));
    tab.tabIndex = selected ? 0 : -1;
  }
  byId("table-panel").setAttribute("aria-labelledby", byScenario ? "tab-scenarios" : "tab-peers");
  byId("legend-peers").hidden = byScenario;
  const table = byId("table");
  if (byScenario) {
    const found = chosen(choice, ["scenario", "transport"]);
    const there = new Set(found.map((cell) => cell.scenario));
    fill(table, {
      label: "Scenarios by transport",
      corner: "",
      rows: SCENARIOS.filter((name) => there.has(name)),
      columns: TRANSPORTS,
      place: (cell) => [cell.scenario, cell.transport],
      about: (name) => DATA.scenarios[name]?.doc.split("\n")[0] ?? "",
      chosen: [choice.scenario, choice.transport],
      choose: (scenario, transport) => choose({ scenario, transport }),
    }, found);
  } else {
    fill(table, {
      label: "Peers by peers",
      corner: "1st ↓ 2nd →",
      rows: ROWS,
      columns: COLUMNS,
      place: pair,
      about: () => "",
      chosen: [choice.row, choice.column],
      choose: (row, column) => choose({ row, column }),
    }, chosen(choice, ["row", "column"]));
  }
  sideways();
}

/** @param {string} text */
function say(text) {
  byId("said").textContent = text;
}

function account() {
  const numbers = new Map(VERDICTS.map((one) => [one.name, 0]));
  for (const cell of CELLS) numbers.set(cell.verdict, (numbers.get(cell.verdict) ?? 0) + 1);
  const terms = ["pass", "fail", "known", "fixed", "unsupported", "broken"].map((name) => {
    const number = numbers.get(name) ?? 0;
    const button = make(
      "button",
      { type: "button", value: name, class: number ? name : "none", "aria-pressed": "false" },
      badge(name),
      " ",
      make("b", {}, grouped(number)),
    );
    button.addEventListener("click", () => {
      const others = choice.verdict.filter((one) => one !== name);
      choose({ verdict: others.length < choice.verdict.length ? others : [...others, name] });
    });
    return button;
  });
  const sum = [make("span", {}, "planned ", make("b", {}, grouped(CELLS.length + DATA.unjudged.length)), " = ")];
  for (const term of terms) sum.push(...sum.length > 1 ? [make("span", { "aria-hidden": "true" }, " + ")] : [], term);
  if (DATA.unjudged.length) {
    sum.push(make("span", {}, " + without a verdict ", make("b", {}, grouped(DATA.unjudged.length))));
  }
  byId("account").replaceChildren(...sum);
}

/** What was tested, as a reader asks for it; and, at the foot of the page, how this was run. */
function facts() {
  const runs = DATA.runs.filter((/** @type {any} */ run) => run.started);
  const runtimes = once(DATA.peers.map((/** @type {any} */ peer) => peer.runtime)).sort();
  const told = [
    `${counted(SCENARIOS.length, "scenario")} between ${counted(PEERS.length, "peer")}`,
    `over ${TRANSPORTS.length ? [...TRANSPORTS].sort().join(", ") : "no transport"}`,
    ...runtimes.length ? [`runtime ${runtimes.join(", ")}`] : [],
  ].map((text) => make("span", {}, text));
  const [first] = runs.map((/** @type {any} */ run) => run.started.started).sort();
  if (first) {
    const when = first.replace("T", " ").replace(/:\d\d\..*/, " UTC");
    told.push(make("time", { datetime: first }, when));
  }
  if (DATA.commit) {
    const title = `${DATA.commit}: checked out when this page was made`;
    told.push(make("span", { title }, "commit ", make("code", {}, DATA.commit.slice(0, 12))));
  }
  byId("tested").replaceChildren(...told.flatMap((one, index) => index ? [" · ", one] : [one]));
  byId("who").toggleAttribute("open", !matchMedia("(max-width: 44rem)").matches);
  byId("peers").replaceChildren(
    ...[...DATA.peers].sort((one, other) => one.name < other.name ? -1 : 1).map((peer) =>
      make("div", {}, make("dt", {}, peer.name), " ", make("dd", {}, libraries(peer)))
    ),
  );
  byId("facts").replaceChildren(...DATA.runs.map((/** @type {any} */ { started, seconds, path }) => {
    if (!started) return make("p", {}, path);
    const shard = started.shard ? `, shard ${started.shard}` : "";
    const lasted = seconds === null ? "cut short" : `${seconds.toFixed(1)} s`;
    const command = make("code", {}, [DATA.interop, ...started.command].join(" "));
    return make("p", {}, command, ` · ${lasted}${shard} · ${started.machine} · harness ${started.harness}`);
  }));
}

/** @type {(number: number, word: string) => string} */
function counted(number, word) {
  return `${grouped(number)} ${word}${number === 1 ? "" : "s"}`;
}

function notices() {
  /** @type {HTMLElement[]} */
  const told = DATA.problems.map((/** @type {string} */ text) => make("p", {}, text));
  for (const { name, reason, hint, detail } of DATA.lost) {
    const text = [hint, detail].filter(Boolean).join("\n");
    told.push(
      make("p", {}, make("b", {}, `${name} cannot be judged: `), reason),
      ...text ? [make("pre", {}, text)] : [],
    );
  }
  for (const { instance, reason, ended, stderr } of DATA.incidents) {
    const text = `${reason}; it ${ended}; no cell is to blame for it`;
    told.push(make("p", {}, make("b", {}, `agent ${instance}: `), text), ...stderr ? [make("pre", {}, stderr)] : []);
  }
  if (DATA.unjudged.length) {
    const first = DATA.unjudged.slice(0, 1000).join("\n") + (DATA.unjudged.length > 1000 ? "\n..." : "");
    told.push(make("details", {}, make("summary", {}, "Planned cells without a verdict"), make("pre", {}, first)));
  }
  byId("problems").classList.toggle("bad", told.length > 0);
  told.push(...DATA.notes.map((/** @type {string} */ text) => make("p", { class: "note" }, text)));
  byId("notices").replaceChildren(...told);
  byId("problems").hidden = !told.length;
}

function filters() {
  const values = { scenario: [...SCENARIOS].sort(), transport: TRANSPORTS, peer: PEERS, kind: KINDS };
  for (const name of SELECTS) {
    const select = /** @type {HTMLSelectElement} */ (byId(name));
    select.append(...values[name].map((value) => make("option", { value }, value)));
    select.addEventListener("change", () => choose({ [name]: select.value }));
  }
  let typing = 0;
  search.addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(() => choose({ text: search.value.trim() }), 120);
  });
  byId("filters").addEventListener("submit", (event) => event.preventDefault());
  byId("clear").addEventListener("click", () => {
    choose(read(choice.view && `view=${choice.view}`));
    search.focus();
  });
  for (const tab of byId("tabs").querySelectorAll("button")) {
    tab.addEventListener("click", () => choose({ view: tab.value }));
  }
  byId("tabs").addEventListener("keydown", (event) => {
    if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
    choose({ view: choice.view ? "" : "scenarios" });
    byId(choice.view ? "tab-scenarios" : "tab-peers").focus();
  });
  addEventListener("keydown", (event) => {
    const elsewhere = !/** @type {Element} */ (event.target).closest?.("input, select");
    if (event.key !== "/" || !elsewhere || dialog.open || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    search.focus();
  });
}

function opening() {
  dialog.addEventListener("close", () => {
    if (choice.cell) choose({ cell: "" });
  });
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close(); // beside the sheet
  });
  byId("close").addEventListener("click", () => dialog.close());
  /** @param {number} step */
  const go = (step) => {
    const next = opened && cells.beside(opened, step);
    if (next) choose({ cell: next.id });
  };
  byId("before").addEventListener("click", () => go(-1));
  byId("after").addEventListener("click", () => go(1));
  dialog.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "ArrowLeft") go(-1);
    if (event.key === "ArrowRight") go(1);
  });
}

/** Light or dark as the system says, until the reader says otherwise. */
function theme() {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  let asked = attempt(() => localStorage.getItem(THEME)) ?? "";
  const show = (printing = false) => {
    const shown = printing ? "light" : asked || (dark.matches ? "dark" : "light");
    document.documentElement.dataset.theme = shown;
    byId("theme").setAttribute("aria-pressed", String(shown === "dark"));
  };
  byId("theme").addEventListener("click", () => {
    asked = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
    attempt(() => localStorage.setItem(THEME, asked));
    show();
  });
  dark.addEventListener("change", () => show());
  addEventListener("beforeprint", () => show(true));
  addEventListener("afterprint", () => show());
  show();
}

/**
 * What it gives, or nothing where the browser keeps no storage for pages from files.
 * @template Value
 * @param {() => Value} it
 */
function attempt(it) {
  try {
    return it();
  } catch {
    return undefined;
  }
}

theme();
account();
facts();
notices();
showFindings(
  (number) => choose({ finding: choice.finding === number ? "" : number }),
);
showGroups(
  (number) => choose({ group: choice.group === number ? "" : number }),
  (id) => choose({ cell: id }, true),
  say,
);
filters();
opening();
byId("table-window").addEventListener("scroll", sideways, { passive: true });
addEventListener("resize", sideways);
addEventListener("hashchange", () => {
  choice = read(location.hash);
  update();
});
update();
// What `interop bench` measures up to, and what tests wait for: the page can be seen and used.
requestAnimationFrame(() => setTimeout(() => performance.mark("shown")));
