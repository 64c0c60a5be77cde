// Block Kit as elements of the page: for messages, App Home and modals.

import { field, isGroup } from "./fields.js";
import { el, link, mrkdwn, openable, richText, textOf } from "./text.js";

let made = 0;

/**
 * The blocks of a surface.
 * surface: { names, state, kept, pressed, press (block, element, value), suggest (block, element, typed) }
 * Gives { nodes, fields }: fields are those of input blocks, by block_id, each with get, focus, told.
 */
export function drawn(blocks, surface) {
  const fields = new Map();
  const nodes = blocks.map((block) => {
    const node = draw(block, surface, fields);
    node.dataset.block = block.block_id;
    return node;
  });
  return { nodes, fields };
}

function draw(block, surface, fields) {
  const { names } = surface;
  const element = (one) => interactive(block, one, surface);
  switch (block.type) {
    case "rich_text":
      return el("div", { class: "block rich" }, ...richText(block, names));
    case "section":
      return el(
        "div",
        { class: "block section" },
        el(
          "div",
          {},
          block.text ? el("p", {}, textOf(block.text, names)) : null,
          block.fields
            ? el("div", { class: "pairs" }, ...block.fields.map((one) => el("p", {}, textOf(one, names))))
            : null,
        ),
        block.accessory ? element(block.accessory) : null,
      );
    case "header":
      return el("h3", { class: "block" }, block.text.text);
    case "context":
      return el(
        "div",
        { class: "block context" },
        ...block.elements.map((one) =>
          one.type === "image" ? el("span", {}, one.alt_text) : el("span", {}, textOf(one, names)),
        ),
      );
    case "divider":
      return el("hr", { class: "block" });
    case "actions":
    case "context_actions":
      return el("div", { class: `block actions ${block.type}` }, ...block.elements.map(element));
    case "input":
      return input(block, surface, fields);
    case "table":
      return table(block, names);
    case "markdown":
      return el("p", { class: "block" }, block.text);
    case "image":
      return el("p", { class: "block context" }, `(${block.alt_text})`);
    default:
      return el("p", { class: "block unknown" }, `(${block.type})`);
  }
}

function table(block, names) {
  const cell = (one) => (one.type === "rich_text" ? richText(one, names) : [one.text ?? ""]);
  const rows = block.rows.map((row) => el("tr", {}, ...row.map((one) => el("td", {}, ...cell(one)))));
  return el("div", { class: "block wide", tabindex: 0 }, el("table", {}, ...rows));
}

function interactive(block, element, surface) {
  const press = (value) => surface.press(block, element, value);
  if (element.type === "button") return button(block, element, press);
  if (element.type === "feedback_buttons") return thumbs(block, element, surface, press);
  if (element.type === "icon_button")
    return el("button", { type: "button", click: () => confirmed(element, () => press()) }, element.text.text);
  if (element.type === "overflow") return overflow(element, press);
  if (element.type === "image") return el("span", { class: "context" }, element.alt_text);
  const id = `field-${(made += 1)}`;
  const one = field(element, {
    id,
    label: element.placeholder?.text ?? "Velg",
    required: false,
    names: surface.names,
    held: surface.state?.[block.block_id]?.[element.action_id],
    suggest: (typed) => surface.suggest(block, element, typed),
    changed: () => press(one.get()),
  });
  return one.node;
}

function button(block, element, press) {
  const key = `${block.block_id} ${element.action_id} ${element.value ?? ""}`;
  const about = {
    class: element.style ?? "",
    "data-key": key,
    "aria-label": element.accessibility_label,
  };
  if (element.url && openable(element.url)) {
    const made_ = link(element.url, element.text.text);
    made_.className = `button ${element.style ?? ""}`;
    made_.addEventListener("click", () => press(element.value));
    return made_;
  }
  return el(
    "button",
    { type: "button", ...about, click: () => confirmed(element, () => press(element.value)) },
    element.text.text,
  );
}

/** Slack draws its feedback buttons as thumbs, and shows which one was pressed. */
function thumbs(block, element, surface, press) {
  const one = (button_, turned) => {
    const key = `${block.block_id} ${element.action_id} ${button_.value}`;
    const node = el(
      "button",
      {
        type: "button",
        class: "thumb",
        "data-key": key,
        "aria-label": button_.accessibility_label ?? button_.text.text,
        "aria-pressed": String(surface.pressed?.get(block.block_id) === button_.value),
        click: () => {
          surface.pressed?.set(block.block_id, button_.value);
          for (const other of node.parentElement.children)
            other.setAttribute("aria-pressed", String(other === node));
          press(button_.value);
        },
      },
      thumb(turned),
      ` ${button_.text.text}`,
    );
    return node;
  };
  return el(
    "span",
    { class: "thumbs" },
    one(element.positive_button, false),
    one(element.negative_button, true),
  );
}

/** Drawn, for not every machine has a font with thumbs. */
function thumb(turned) {
  const space = "http://www.w3.org/2000/svg";
  const drawing = document.createElementNS(space, "svg");
  const path = document.createElementNS(space, "path");
  const hand = "M5.5 7l2.8-5.2c1.3 0 2 1 1.7 2.2L9.6 6H13c.9 0 1.5.8 1.3 1.7l-1.1 5c-.2.8-.8 1.3-1.6 1.3H5.5z";
  path.setAttribute("d", `M2 7h2.2v7H2z${hand}`);
  drawing.setAttribute("viewBox", "0 0 16 16");
  drawing.setAttribute("aria-hidden", "true");
  if (turned) path.setAttribute("transform", "rotate(180 8 8)");
  drawing.append(path);
  return drawing;
}

function overflow(element, press) {
  const node = el(
    "select",
    { "aria-label": "Flere valg", change: () => confirmed(element, () => press(node.value)) },
    el("option", { value: "" }, "⋯"),
    ...element.options.map((option) => el("option", { value: option.value }, option.text.text)),
  );
  return node;
}

function input(block, surface, fields) {
  const { element } = block;
  const id = `field-${(made += 1)}`;
  const hint = block.hint ? el("p", { class: "hint", id: `${id}-hint` }, block.hint.text) : null;
  const wrong = el("p", { class: "wrong", id: `${id}-wrong`, role: "alert" });
  const one = field(element, {
    id,
    required: !block.optional,
    describedBy: [hint?.id, wrong.id].filter(Boolean).join(" "),
    names: surface.names,
    held: surface.state?.[block.block_id]?.[element.action_id],
    kept: surface.kept?.get(`${block.block_id} ${element.action_id}`),
    suggest: (typed) => surface.suggest(block, element, typed),
    changed: () => {
      if (block.dispatch_action) surface.press(block, element, one.get());
    },
  });
  const told = (sentence) => {
    wrong.textContent = sentence;
    one.node.toggleAttribute("data-wrong", Boolean(sentence));
  };
  fields.set(block.block_id, { ...one, told, key: `${block.block_id} ${element.action_id}` });
  const label = [block.label.text, block.optional ? el("span", { class: "hint" }, " (valgfritt)") : null];
  if (isGroup(element))
    return el("fieldset", { class: "block input" }, el("legend", {}, ...label.filter(Boolean)), one.node, hint, wrong);
  return el("div", { class: "block input" }, el("label", { for: id }, ...label), one.node, hint, wrong);
}

/** Ask first where the element says so. */
function confirmed(element, then) {
  const { confirm } = element;
  if (!confirm) {
    then();
    return;
  }
  const close = () => {
    dialog.close();
    dialog.remove();
  };
  const yes = el(
    "button",
    {
      type: "button",
      class: confirm.style ?? "primary",
      click: () => {
        close();
        then();
      },
    },
    confirm.confirm?.text ?? "Ja",
  );
  const title = el("h2", { id: "confirm-title" }, confirm.title?.text ?? "Er du sikker?");
  const names = { users: {}, channels: {} };
  const text = confirm.text.type === "mrkdwn" ? mrkdwn(confirm.text.text, names) : confirm.text.text;
  const dialog = el(
    "dialog",
    { class: "confirm", "aria-labelledby": "confirm-title", cancel: close },
    title,
    el("p", {}, text),
    el(
      "div",
      { class: "foot" },
      el("button", { type: "button", click: close }, confirm.deny?.text ?? "Avbryt"),
      yes,
    ),
  );
  document.body.append(dialog);
  dialog.showModal();
}
