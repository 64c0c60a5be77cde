// A form to write a message in.

import { el } from "./text.js";

/**
 * about: { label, text (there from the start), submit (the button), then (text) => whether it was
 *          sent, cancel () }
 */
export function compose(about) {
  const area = el("textarea", {
    rows: 1,
    "aria-label": about.label,
    placeholder: about.label,
    input: () => grow(area),
    keydown: (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        form.requestSubmit();
      } else if (event.key === "Escape" && about.cancel) about.cancel();
    },
  });
  const form = el(
    "form",
    {
      class: "compose",
      submit: async (event) => {
        event.preventDefault();
        const text = area.value.trim();
        if (!text) return;
        fill(area, "");
        if (!(await about.then(text))) fill(area, text);
      },
    },
    area,
    about.cancel ? el("button", { type: "button", click: about.cancel }, "Avbryt") : null,
    el("button", { type: "submit", class: "primary" }, about.submit ?? "Send"),
  );
  area.value = about.text ?? "";
  requestAnimationFrame(() => grow(area)); // its height is known once it is on the page
  return form;
}

export function fill(area, text) {
  area.value = text;
  grow(area);
}

function grow(area) {
  area.style.height = "auto";
  area.style.height = `${Math.min(area.scrollHeight + 2, 200)}px`;
}

/** @Frisksvar, @Kari and so on as Slack has them. named: those with an id and a name. */
export const mentioned = (text, named) =>
  named.reduce(
    (made, one) => made.replace(new RegExp(`@${one.name}(?![\\p{L}\\p{N}])`, "giu"), `<@${one.id}>`),
    text,
  );
