// The messages of a place, with their threads. What has not changed is left in peace, so that
// focus, half-written texts and the place on the page stay.

import { drawn } from "./blocks.js";
import { el, mrkdwn, typedAgain } from "./text.js";
import { compose } from "./write.js";

const list = document.querySelector("#messages");
let threads = new Map(); // ts of the root -> { node, root, replies, status, reply, drawn }
let seen = new Set();
const votes = new Map(); // of each person: what was voted, by block_id

export function forgetTalk() {
  threads = new Map();
  seen = new Set();
  list.replaceChildren();
}

/** Bring the list up to date. about: { me, names, app, shortcuts, send, say, named, told }. */
export function showTalk(place, about) {
  const first = seen.size === 0;
  const roots = new Map();
  for (const message of place.messages) {
    const root = message.thread ?? message.ts;
    if (!roots.has(root)) roots.set(root, { root: null, replies: [] });
    if (message.thread) roots.get(root).replies.push(message);
    else roots.get(root).root = message;
  }
  const order = [...roots.keys()].sort();
  for (const [ts, thread] of threads)
    if (!roots.has(ts)) {
      thread.node.remove();
      threads.delete(ts);
    }
  order.forEach((ts, index) => {
    if (!threads.has(ts)) threads.set(ts, newThread(ts, place, about));
    const thread = threads.get(ts);
    if (list.children[index] !== thread.node) list.insertBefore(thread.node, list.children[index] ?? null);
    update(thread, roots.get(ts), place.statuses[ts], place, about);
  });
  list.dataset.empty = String(order.length === 0);
  arrive(place.messages, first, about);
}

function arrive(messages, first, about) {
  const fresh = messages.filter((message) => !seen.has(message.ts));
  for (const message of messages) seen.add(message.ts);
  const last = fresh.at(-1);
  if (!last) return;
  const said = list.querySelector(`[data-ts="${last.ts}"]`);
  const tall = said.offsetHeight > list.clientHeight * 0.7;
  const alone = said.parentElement.children.length === 1; // the first reply: with its question
  const node = tall && alone ? said.closest(".thread") : said;
  node.scrollIntoView({ block: tall ? "start" : "nearest" });
  if (first) return;
  about.told(
    fresh
      .filter((message) => !message.mine)
      .map((message) => `${whose(message, about)}: ${message.text}`)
      .join(" "),
  );
}

const whose = (message, about) => about.names.users[message.user] ?? about.app.name;

function newThread(ts, place, about) {
  const root = el("div", { class: "root" });
  const replies = el("ol", { class: "replies", "aria-label": "Svar i tråden" });
  const status = el("p", { class: "status" });
  const reply = el("div", { class: "reply" });
  const node = el("li", { class: "thread" }, root, replies, status, reply);
  reply.append(replyButton(ts, reply, about));
  return { node, root, replies, status, reply, drawn: new Map(), place };
}

function replyButton(ts, reply, about) {
  return el(
    "button",
    {
      type: "button",
      class: "quiet",
      click: () => {
        const form = compose({ label: "Svar i tråden", then: (text) => about.say(text, ts) });
        reply.replaceChildren(form);
        form.querySelector("textarea").focus();
      },
    },
    "Svar i tråden",
  );
}

function update(thread, { root, replies }, status, place, about) {
  if (root) put(thread, root, thread.root, place, about);
  else thread.root.replaceChildren(el("p", { class: "gone" }, "Meldingen er slettet."));
  const wanted = new Set(replies.map((message) => message.ts));
  for (const node of [...thread.replies.children]) if (!wanted.has(node.dataset.ts)) node.remove();
  replies.forEach((message, index) => {
    let node = [...thread.replies.children].find((child) => child.dataset.ts === message.ts);
    node ??= el("li");
    if (thread.replies.children[index] !== node)
      thread.replies.insertBefore(node, thread.replies.children[index] ?? null);
    put(thread, message, node, place, about);
  });
  thread.replies.hidden = replies.length === 0;
  thread.reply.hidden = Boolean(root?.only_me);
  thread.status.textContent = status ? `${about.app.name} ${status}` : "";
}

/** Draw a message into `node`, unless it is there already as it is. */
function put(thread, message, node, place, about) {
  const text = JSON.stringify(message);
  if (thread.drawn.get(message.ts) === text) return;
  thread.drawn.set(message.ts, text);
  const key = node.contains(document.activeElement) ? document.activeElement.dataset.key : null;
  node.dataset.ts = message.ts;
  node.replaceChildren(article(message, place, about));
  if (key) [...node.querySelectorAll("[data-key]")].find((one) => one.dataset.key === key)?.focus();
}

function article(message, place, about) {
  const { names, send } = about;
  const name = whose(message, about);
  const here = (block, element) => ({
    channel: place.id,
    ts: message.ts,
    block: block.block_id,
    action: element.action_id,
  });
  if (!votes.has(about.me)) votes.set(about.me, new Map());
  const surface = {
    names,
    pressed: votes.get(about.me),
    press: (block, element, value) => send({ do: "press", ...here(block, element), value: value ?? null }),
    suggest: async (block, element, typed) =>
      (await send({ do: "suggest", ...here(block, element), typed })).options ?? [],
  };
  const body = message.blocks.length
    ? drawn(message.blocks, surface).nodes
    : [el("p", {}, mrkdwn(message.text, names))];
  const content = el("div", { class: "content" }, ...body);
  const at = new Date(Number(message.ts) * 1000);
  return el(
    "article",
    { class: `message ${message.by_app ? "by-app" : ""} ${message.only_me ? "only-me" : ""}` },
    el("span", { class: "face", "aria-hidden": "true" }, message.by_app ? "F" : name[0]),
    el(
      "div",
      { class: "said" },
      el(
        "p",
        { class: "who" },
        el("strong", {}, name),
        message.by_app ? el("span", { class: "badge" }, "app") : null,
        el("time", { datetime: at.toISOString() }, at.toLocaleTimeString("nb-NO", { hour: "2-digit", minute: "2-digit" })),
        message.edited && !message.by_app ? el("span", { class: "hint" }, "redigert") : null,
        message.only_me ? el("span", { class: "hint" }, "bare synlig for deg") : null,
        message.only_me ? null : menu(message, content, place, about),
      ),
      content,
    ),
  );
}

function menu(message, content, place, about) {
  const here = { channel: place.id, ts: message.ts };
  const entry = (text, then) =>
    el(
      "button",
      {
        type: "button",
        click: (event) => {
          event.target.closest("details").open = false;
          then();
        },
      },
      text,
    );
  const entries = about.shortcuts.map((shortcut) =>
    entry(shortcut.name, () => about.send({ do: "shortcut", ...here, shortcut: shortcut.id })),
  );
  if (message.mine) {
    entries.push(entry("Rediger", () => edit(message, content, here, about)));
    entries.push(entry("Slett", () => about.send({ do: "delete", ...here })));
  }
  return el(
    "details",
    {
      class: "menu",
      toggle: ({ currentTarget: node }) => {
        const room = list.getBoundingClientRect().bottom - node.getBoundingClientRect().bottom;
        node.classList.toggle("up", room < node.lastChild.offsetHeight);
      },
      keydown: (event) => {
        if (event.key !== "Escape") return;
        event.currentTarget.open = false;
        event.currentTarget.firstChild.focus();
      },
      focusout: (event) => {
        if (!event.currentTarget.contains(event.relatedTarget)) event.currentTarget.open = false;
      },
    },
    el("summary", { "aria-label": "Mer om meldingen", "data-key": "menu" }, "⋯"),
    el("div", {}, ...entries),
  );
}

function edit(message, content, here, about) {
  const before = [...content.childNodes];
  const back = () => content.replaceChildren(...before);
  const form = compose({
    label: "Rediger meldingen",
    text: typedAgain(message, about.names),
    submit: "Lagre",
    then: async (text) => {
      back();
      return (await about.send({ do: "edit", ...here, text: about.named(text) })).ok;
    },
    cancel: back,
  });
  content.replaceChildren(form);
  form.querySelector("textarea").focus();
}
