// App Home: the page that the app made for this person.

import { drawn } from "./blocks.js";
import { el } from "./text.js";

const section = document.querySelector("#home");
let shown = "";

/** state.home as it is now, or that it is on its way. */
export function showHome({ me, home }, names, send) {
  document.title = "Hjem – prøv Frisksvar";
  const version = JSON.stringify([me, home?.hash]);
  if (version === shown) return;
  shown = version;
  if (!home) {
    section.replaceChildren(el("p", { class: "hint" }, "Henter siden …"));
    return;
  }
  const focused = section.contains(document.activeElement) ? document.activeElement.dataset.key : null;
  const here = (block, element) => ({ view: home.id, block: block.block_id, action: element.action_id });
  const { nodes } = drawn(home.blocks, {
    names,
    state: home.state,
    press: (block, element, value) => send({ do: "press", ...here(block, element), value: value ?? null }),
    suggest: async (block, element, typed) =>
      (await send({ do: "suggest", ...here(block, element), typed })).options ?? [],
  });
  section.replaceChildren(el("h2", {}, "Frisksvar: hjem"), ...nodes);
  if (focused) [...section.querySelectorAll("[data-key]")].find((one) => one.dataset.key === focused)?.focus();
}
