// What is known to fail, by library and finding, each with its description where the page has it.

import { FINDINGS } from "./data.js";
import { byId, grouped, make } from "./words.js";

/** @typedef {import("./data.js").Finding} Finding */

/**
 * Shows the findings. choose: called with the number of one that the reader wants to see, counted from 1.
 * @param {(number: string) => void} choose
 */
export function showFindings(choose) {
  /** @type {Map<string, number[]>} */
  const libraries = new Map();
  FINDINGS.forEach((one, index) => libraries.set(one.library, [...libraries.get(one.library) ?? [], index]));
  const size = (/** @type {number[]} */ of) => of.reduce((sum, index) => sum + FINDINGS[index].cells.length, 0);
  const sorted = [...libraries].sort(([, one], [, other]) => size(other) - size(one));
  byId("findings").replaceChildren(...sorted.map(([name, of]) => {
    const findings = of.length === 1 ? "1 finding" : `${grouped(of.length)} findings`;
    const cells = size(of) === 1 ? "1 cell" : `${grouped(size(of))} cells`;
    return make(
      "details",
      { class: "library" },
      make("summary", {}, make("b", {}, name || "others"), ` ${cells}, ${findings}`),
      make("ol", {}, ...of.map((index) => entry(FINDINGS[index], `${index + 1}`, choose))),
    );
  }));
  byId("known").hidden = !FINDINGS.length;
}

/** @type {(finding: Finding, number: string, choose: (number: string) => void) => HTMLElement} */
function entry(finding, number, choose) {
  const { library, reason, url, section, cells } = finding;
  const only = make(
    "button",
    { type: "button", class: "words", value: number, "aria-pressed": "false", title: "Show only these cells" },
    reason.startsWith(`${library}: `) ? reason.slice(library.length + 2) : reason,
    ": ",
    make("b", {}, grouped(cells.length)),
  );
  only.addEventListener("click", () => choose(number));
  return make("li", {}, only, ...described(url, section));
}

/**
 * Where a failure is described: the text itself where the page has it, else a link, or the path in the project.
 * @param {string} url as the ledger has it
 * @param {Finding["section"] | undefined} section
 * @returns {HTMLElement[]}
 */
export function described(url, section) {
  if (!url) return [];
  if (section) {
    const where = make("p", { class: "note" }, make("code", {}, url));
    return [make("details", { class: "finding" }, make("summary", {}, section.heading), prose(section.text), where)];
  }
  if (!/^https?:\/\//.test(url)) return [make("p", { class: "note" }, make("code", {}, url))];
  return [make("p", {}, make("a", { href: url, rel: "noopener noreferrer", target: "_blank" }, url))];
}

/**
 * Markdown as far as findings have it: paragraphs, and code that is set in.
 * @param {string} markdown
 */
function prose(markdown) {
  const parts = markdown.split(/\n{2,}/).map((part) =>
    part.startsWith("    ") ? make("pre", {}, part.replace(/^ {4}/gm, "")) : make(
      "p",
      {},
      ...part.replace(/\s+/g, " ").split("`").map((one, index) => index % 2 ? make("code", {}, one) : one),
    )
  );
  return make("div", { class: "text" }, ...parts);
}
