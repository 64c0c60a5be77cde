// The elements of Block Kit in which something is chosen or typed.
// Each maker gives { node, get, focus }: `get` as the local Slack wants it (see doing.py).

import { el, textOf } from "./text.js";

let made = 0;
const unique = (name) => `${name}-${(made += 1)}`;

/**
 * A field for `element`.
 * about: { id, required, describedBy, held (state as Slack keeps it), kept (a value of `get`),
 *          names, suggest (typed) => options, changed () }
 */
export function field(element, about) {
  const kind = element.type;
  if (kind === "plain_text_input" || kind === "number_input") return typed(element, about);
  if (kind === "datepicker") return dated(element, about, "date", "selected_date");
  if (kind === "timepicker") return dated(element, about, "time", "selected_time");
  if (kind === "radio_buttons") return choices(element, about, "radio");
  if (kind === "checkboxes" || kind === "multi_static_select") return choices(element, about, "checkbox");
  if (kind === "static_select") return menu(element, about, optionsOf(element), "selected_option");
  if (kind === "external_select") return typeAhead(element, about);
  if (kind === "users_select") return menu(element, about, people(about.names), "selected_user");
  if (/^(conversations|channels)_select$/.test(kind)) {
    const name = kind.startsWith("channels") ? "selected_channel" : "selected_conversation";
    return menu(element, about, channels(about.names), name);
  }
  return { node: el("p", { class: "unknown" }, `(${kind})`), get: () => undefined, focus() {} };
}

/** Whether a field stands for what it says only together with a legend. */
export const isGroup = (element) =>
  ["radio_buttons", "checkboxes", "multi_static_select"].includes(element.type);

const optionsOf = (element) => [
  ...(element.options ?? []),
  ...(element.option_groups ?? []).flatMap((group) => group.options),
];
const listed = (known, sign) =>
  Object.entries(known).map(([value, name]) => ({ value, text: { type: "plain_text", text: sign + name } }));
const people = (names) => listed(names.people, "");
const channels = (names) => listed(names.channels, "#");

const common = (element, about) => ({
  id: about.id,
  required: about.required,
  "data-field": about.id,
  "aria-describedby": about.describedBy,
  "aria-label": about.label,
  placeholder: element.placeholder?.text,
});

function typed(element, about) {
  const value = about.kept !== undefined ? about.kept : about.held?.value;
  const attributes = {
    ...common(element, about),
    minlength: element.min_length,
    maxlength: element.max_length,
    change: about.changed,
  };
  const node = element.multiline
    ? el("textarea", { ...attributes, rows: 4 })
    : el("input", { ...attributes, type: "text", autocomplete: "off" });
  if (element.type === "number_input") node.inputMode = "decimal";
  node.value = value ?? "";
  return { node, get: () => node.value.trim() || null, focus: () => node.focus() };
}

function dated(element, about, type, name) {
  const node = el("input", { ...common(element, about), type, change: about.changed });
  node.value = (about.kept !== undefined ? about.kept : about.held?.[name]) ?? "";
  return { node, get: () => node.value || null, focus: () => node.focus() };
}

function menu(element, about, options, name) {
  const held = about.held?.[name];
  const chosen = about.kept !== undefined ? about.kept : (held?.value ?? held);
  const node = el("select", { ...common(element, about), placeholder: null, change: about.changed });
  const none = element.placeholder?.text ?? "Velg";
  if (!chosen || !about.required) node.append(el("option", { value: "" }, none));
  const entry = (option) => el("option", { value: option.value }, option.text.text);
  if (element.option_groups) {
    for (const group of element.option_groups)
      node.append(el("optgroup", { label: group.label.text }, ...group.options.map(entry)));
  } else node.append(...options.map(entry));
  node.value = chosen ?? "";
  return { node, get: () => node.value || null, focus: () => node.focus() };
}

function choices(element, about, type) {
  const held = about.held?.selected_options ?? [about.held?.selected_option].filter(Boolean);
  const chosen = new Set(
    about.kept !== undefined ? [about.kept].flat() : held.map((option) => option.value),
  );
  const name = unique("choice");
  const boxes = optionsOf(element).map((option, index) => {
    const box = el("input", {
      type,
      name,
      value: option.value,
      id: `${about.id}-${index}`,
      "data-field": `${about.id}-${index}`,
      required: type === "radio" && about.required,
      change: about.changed,
    });
    box.checked = chosen.has(option.value);
    const more = option.description
      ? el("span", { class: "hint" }, textOf(option.description, about.names))
      : null;
    return { box, row: el("label", { class: "choice" }, box, el("span", {}, textOf(option.text, about.names), more)) };
  });
  const node = el("div", { class: "choices" }, ...boxes.map(({ row }) => row));
  const values = () => boxes.filter(({ box }) => box.checked).map(({ box }) => box.value);
  const get = () => (type === "radio" ? (values()[0] ?? null) : values());
  return { node, get, focus: () => boxes[0]?.box.focus() };
}

/** A combobox: what is typed is sent to the app, and one of its options is chosen. */
function typeAhead(element, about) {
  let chosen = about.kept !== undefined ? about.kept : (about.held?.selected_option ?? null);
  let offered = [];
  let at = -1;
  let waiting = 0;
  let asked = 0;
  const list = el("ul", { role: "listbox", id: unique("offers"), hidden: true });
  const input = el("input", {
    ...common(element, about),
    type: "text",
    role: "combobox",
    autocomplete: "off",
    "aria-autocomplete": "list",
    "aria-expanded": "false",
    "aria-controls": list.id,
    input: () => {
      chosen = null;
      clearTimeout(waiting);
      waiting = setTimeout(look, 150);
    },
    focusout: () => {
      show([]);
      judge();
    },
    keydown: key,
  });
  input.value = chosen?.text.text ?? "";

  async function look() {
    const typedNow = input.value.trim();
    const mine = (asked += 1);
    if (typedNow.length < (element.min_query_length ?? 3)) {
      show([]);
      if (!typedNow) about.changed();
      return;
    }
    const found = await about.suggest(typedNow);
    if (mine === asked && document.activeElement === input) show(found);
  }

  function show(options) {
    offered = options;
    at = -1;
    list.replaceChildren(
      ...options.map((option, index) =>
        el(
          "li",
          {
            role: "option",
            id: `${list.id}-${index}`,
            "aria-selected": "false",
            pointerdown: (event) => {
              event.preventDefault();
              choose(option);
            },
          },
          option.text.text,
        ),
      ),
    );
    list.hidden = options.length === 0;
    input.setAttribute("aria-expanded", String(options.length > 0));
    input.removeAttribute("aria-activedescendant");
  }

  function choose(option) {
    chosen = option;
    input.value = option.text.text;
    show([]);
    judge();
    about.changed();
  }

  function judge() {
    const open = input.value.trim() && !chosen;
    input.setCustomValidity(open ? "Velg et av forslagene som kommer når du skriver." : "");
  }

  function key(event) {
    if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      event.stopPropagation();
      show([]);
    } else if (event.key === "Enter" && !list.hidden) {
      event.preventDefault();
      choose(offered[Math.max(at, 0)]);
    } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && !list.hidden) {
      event.preventDefault();
      at = (at + (event.key === "ArrowDown" ? 1 : offered.length - (at < 0 ? 0 : 1))) % offered.length;
      [...list.children].forEach((child, index) => child.setAttribute("aria-selected", index === at));
      input.setAttribute("aria-activedescendant", list.children[at].id);
      list.children[at].scrollIntoView({ block: "nearest" });
    }
  }

  const get = () => chosen;
  return { node: el("div", { class: "type-ahead" }, input, list), get, focus: () => input.focus() };
}
