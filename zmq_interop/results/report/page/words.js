// Words, signs and elements: what every part of the page shows things with.

/** The verdicts, worst first. Each has a sign, so that no meaning hangs on a colour. */
export const VERDICTS = [
  { name: "fail", sign: "✕", bad: true },
  { name: "broken", sign: "!", bad: true },
  { name: "fixed", sign: "↑", bad: true },
  { name: "known", sign: "≈", bad: false },
  { name: "pass", sign: "✓", bad: false },
  { name: "unsupported", sign: "–", bad: false },
];

/** @type {Map<string, number>} */
export const RANK = new Map(VERDICTS.map((one, rank) => [one.name, rank]));

const UNSEEN = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Cn}\p{Zl}\p{Zp}]/gu;

/**
 * Text of others with all that cannot be seen made visible: a terminal's escape is ␛, what turns the direction of
 * writing is \u{202e}. Ends of lines and tabs stay.
 * @param {string} text
 */
export function visible(text) {
  return text.replace(UNSEEN, (one) => {
    const code = /** @type {number} */ (one.codePointAt(0));
    if (one === "\n" || one === "\t") return one;
    if (code < 0x20) return String.fromCodePoint(0x2400 + code);
    if (code === 0x7f) return "␡";
    return `\\u{${code.toString(16)}}`;
  });
}

const SEEN = new Set(["title", "aria-label"]); // attributes that people are shown or told

/**
 * An element. Strings among its children are shown as text, whatever they say.
 * @param {string} tag
 * @param {Record<string, string | number | boolean>} attributes
 * @param {(string | Node)[]} children
 * @returns {HTMLElement}
 */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    const text = value === true ? "" : String(value);
    if (value !== false) element.setAttribute(name, SEEN.has(name) ? visible(text) : text);
  }
  element.append(...children.map((child) => typeof child === "string" ? visible(child) : child));
  return element;
}

/**
 * The element of the page with this id.
 * @param {string} id
 * @returns {HTMLElement}
 */
export function byId(id) {
  return /** @type {HTMLElement} */ (document.getElementById(id));
}

/**
 * A verdict as sign and word.
 * @param {string} verdict
 */
export function badge(verdict) {
  const sign = VERDICTS[/** @type {number} */ (RANK.get(verdict))].sign;
  return make("span", { class: `badge ${verdict}` }, make("i", { "aria-hidden": "true" }, sign), verdict);
}

/**
 * 20000 as 20,000.
 * @param {number} number
 */
export function grouped(number) {
  return number.toLocaleString("en");
}

/** @type {(title: string, ...children: (string | Node)[]) => HTMLElement} */
export function block(title, ...children) {
  return make("section", { class: title.toLowerCase().replaceAll(" ", "-") }, make("h3", {}, title), ...children);
}

/**
 * An agent's name with a letter and a colour, by which the eye follows it in the timeline.
 * @param {string} instance
 * @param {string[]} instances
 */
export function sign(instance, instances) {
  const number = [...new Set(instances)].indexOf(instance);
  const letter = number < 0 ? "?" : String.fromCharCode(65 + number % 26);
  return make(
    "span",
    { class: `agent agent-${number % 4}` },
    make("i", { "aria-hidden": "true" }, letter),
    " ",
    instance,
  );
}
