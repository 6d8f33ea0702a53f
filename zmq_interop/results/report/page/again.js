// The line that plays a cell again, to be copied.

import { make } from "./words.js";

/**
 * The line and its button.
 * @param {string} line
 * @param {(text: string) => void} say
 * @returns {HTMLElement[]}
 */
export function repeated(line, say) {
  const code = make("code", {}, line.replaceAll("\n", "␊"));
  const button = make("button", { type: "button", title: "Copy the line that plays it again" }, "Copy");
  button.addEventListener("click", async () => {
    const done = await copied(code);
    say(done ? "copied" : "the line is selected: copy it with the keyboard");
    button.textContent = done ? "Copied" : "Selected";
  });
  return [code, button];
}

/**
 * Copies what is shown and nothing else: what cannot be seen on the page is not in it.
 * @param {HTMLElement} code
 */
async function copied(code) {
  try {
    await navigator.clipboard.writeText(code.textContent ?? "");
    return true;
  } catch { // no permission, or a page from a place that browsers do not trust
    getSelection()?.selectAllChildren(code);
    return document.execCommand("copy");
  }
}
