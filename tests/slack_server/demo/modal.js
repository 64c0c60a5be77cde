// The modal on top, as a <dialog>. What is filled in stays when the app changes the view.

import { drawn } from "./blocks.js";
import { el } from "./text.js";

const dialog = document.querySelector("#modal");
let open = null; // { id, hash, fields }

/** Show the topmost of `views`, or none. names, send (deed) => answer. */
export function showModal(views, names, send) {
  const view = views.at(-1);
  if (!view) {
    const was = open;
    open = null;
    if (was) dialog.close();
    return;
  }
  if (open && open.id === view.id && open.hash === view.hash) return;
  draw(view, names, send);
  if (!dialog.open) dialog.showModal();
}

function draw(view, names, send) {
  const same = open?.id === view.id;
  const kept = new Map(same ? [...open.fields.values()].map((one) => [one.key, one.get()]) : []);
  const focused = same ? keyOf(document.activeElement) : null;
  const values = () => Object.fromEntries([...fields].map(([name, one]) => [name, one.get()]));
  const here = (block, element) => ({ view: view.id, block: block.block_id, action: element.action_id });
  const { nodes, fields } = drawn(view.blocks, {
    names,
    kept,
    state: view.state,
    press: (block, element, value) =>
      send({ do: "press", ...here(block, element), value: value ?? null, values: values() }),
    suggest: async (block, element, typed) =>
      (await send({ do: "suggest", ...here(block, element), typed })).options ?? [],
  });
  const title = el("h2", { id: "modal-title" }, view.title);
  const submit = view.submit ? el("button", { type: "submit", class: "primary" }, view.submit) : null;
  const close = el(
    "button",
    { type: "button", click: () => send({ do: "close" }) },
    view.close ?? (submit ? "Avbryt" : "Lukk"),
  );
  const form = el(
    "form",
    {
      submit: async (event) => {
        event.preventDefault();
        if (submit) submit.disabled = true;
        const answer = await send({ do: "submit", view: view.id, values: values() });
        if (submit) submit.disabled = false;
        tell(fields, answer.errors ?? {});
      },
    },
    title,
    el("div", { class: "body" }, ...nodes),
    el("div", { class: "foot" }, close, submit),
  );
  const scrolled = same ? dialog.querySelector(".body").scrollTop : 0;
  dialog.replaceChildren(form);
  open = { id: view.id, hash: view.hash, fields };
  form.querySelector(".body").scrollTop = scrolled;
  if (focused) [...form.querySelectorAll("[data-block] *")].find((node) => keyOf(node) === focused)?.focus();
}

/** What a field is called as long as the view lives: its block and its place there. */
function keyOf(node) {
  const block = node?.closest?.("[data-block]");
  if (!block || !dialog.contains(block) || !node.matches("input, select, textarea, button")) return null;
  const within = [...block.querySelectorAll("input, select, textarea, button")];
  return `${block.dataset.block} ${within.indexOf(node)}`;
}

function tell(fields, errors) {
  let first = null;
  for (const [name, one] of fields) {
    one.told(errors[name] ?? "");
    if (errors[name]) first ??= one;
  }
  first?.focus();
}

/** Escape cancels, as the button does; the dialog closes when the view is gone. */
export function cancelWith(send) {
  dialog.addEventListener("cancel", (event) => {
    event.preventDefault();
    send({ do: "close" });
  });
  dialog.addEventListener("close", () => {
    if (open) send({ do: "close" }); // a browser may close it at a second Escape without asking
    open = null;
  });
}
