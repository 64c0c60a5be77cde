// Elements and text. What people and documents wrote becomes text nodes, never markup.

/** An element; strings among the children become text. Functions in `attributes` are listeners. */
export function el(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    if (typeof value === "function") made.addEventListener(key, value);
    else made.setAttribute(key, value === true ? "" : String(value));
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

/** The address if it may be opened from here, otherwise null. */
export function openable(address) {
  try {
    const url = new URL(address);
    return ["https:", "http:", "mailto:"].includes(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}

const PERMALINK = /^\/archives\/([A-Z0-9]+)\/p(\d+)(\d{6})$/;

/** A link. One to a message asks the page to go there: the address leads nowhere outside of it. */
export function link(address, ...children) {
  const href = openable(address);
  if (!href) return el("span", {}, ...children);
  const { hostname, pathname } = new URL(href);
  const message = hostname.endsWith(".slack.com") ? PERMALINK.exec(pathname) : null;
  if (!message) return el("a", { href, target: "_blank", rel: "noopener noreferrer" }, ...children);
  const [, channel, seconds, micro] = message;
  const detail = { channel, ts: `${seconds}.${micro}` };
  const go = (event) => {
    event.preventDefault();
    document.dispatchEvent(new CustomEvent("message-wanted", { detail }));
  };
  return el("a", { href: "#messages", click: go }, ...children);
}

const unescaped = (text) =>
  text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");

const called = (kind, id, names) =>
  kind === "user"
    ? el("span", { class: "named" }, `@${names.users[id] ?? id}`)
    : el("span", { class: "named" }, `#${names.channels[id] ?? id}`);

const MARKS = new RegExp(
  "```(?<block>[^]+?)```|`(?<code>[^`\\n]+)`|<(?<angle>[^<>\\n]+)>" +
    "|(?<![\\p{L}\\p{N}])(?:\\*(?<b>[^*\\n]+)\\*|_(?<i>[^_\\n]+)_|~(?<s>[^~\\n]+)~)(?![\\p{L}\\p{N}])",
  "gu",
);

/** Slack's mrkdwn, as nodes. */
export function mrkdwn(text, names) {
  const made = document.createDocumentFragment();
  const lines = text.split("\n");
  let run = [];
  const flush = () => {
    if (run.length) made.append(...marked(run.join("\n"), names));
    run = [];
  };
  let quote = null;
  for (const line of lines) {
    const quoted = /^(?:&gt;|>) ?(.*)$/.exec(line);
    if (quoted) {
      flush();
      if (!quote) made.append((quote = el("blockquote")));
      else quote.append("\n");
      quote.append(...marked(quoted[1], names));
    } else {
      quote = null;
      run.push(line);
    }
  }
  flush();
  return made;
}

function marked(text, names) {
  const made = [];
  let at = 0;
  for (const found of text.matchAll(MARKS)) {
    if (found.index > at) made.push(unescaped(text.slice(at, found.index)));
    at = found.index + found[0].length;
    const { block, code, angle, b, i, s } = found.groups;
    if (block) made.push(el("pre", {}, unescaped(block)));
    else if (code) made.push(el("code", {}, unescaped(code)));
    else if (angle) made.push(angled(angle, names));
    else if (b) made.push(el("strong", {}, ...marked(b, names)));
    else if (i) made.push(el("em", {}, ...marked(i, names)));
    else made.push(el("s", {}, ...marked(s, names)));
  }
  if (at < text.length) made.push(unescaped(text.slice(at)));
  return made;
}

/** What stands between < and >: a person, a channel, a command to Slack, or an address. */
function angled(inside, names) {
  const [target, label] = inside.split("|", 2);
  if (target.startsWith("@")) return called("user", target.slice(1), names);
  if (target.startsWith("#")) return called("channel", target.slice(1), names);
  if (target.startsWith("!")) return el("span", { class: "named" }, label ?? `@${target.slice(1)}`);
  return link(unescaped(target), unescaped(label ?? target));
}

/** A text object of Block Kit. */
export function textOf(object, names) {
  return object.type === "mrkdwn" ? mrkdwn(object.text, names) : document.createTextNode(object.text);
}

/** A rich_text block. */
export function richText(block, names) {
  return block.elements.map((part) => {
    const inline = () => part.elements.map((element) => piece(element, names));
    if (part.type === "rich_text_quote") return el("blockquote", {}, ...inline());
    if (part.type === "rich_text_preformatted") return el("pre", { tabindex: 0 }, ...inline());
    if (part.type === "rich_text_list") {
      const entries = part.elements.map((entry) =>
        el("li", {}, ...entry.elements.map((element) => piece(element, names))),
      );
      const ordered = part.style === "ordered";
      const start = ordered && part.offset ? part.offset + 1 : null;
      return el(ordered ? "ol" : "ul", { class: `indent-${part.indent ?? 0}`, start }, ...entries);
    }
    return el("p", {}, ...inline());
  });
}

function piece(element, names) {
  const style = element.style ?? {};
  let node;
  if (element.type === "text") node = document.createTextNode(element.text);
  else if (element.type === "link") node = link(element.url, element.text ?? element.url);
  else if (element.type === "user") node = called("user", element.user_id, names);
  else if (element.type === "channel") node = called("channel", element.channel_id, names);
  else if (element.type === "emoji") node = document.createTextNode(emoji(element));
  else if (element.type === "broadcast") node = el("span", { class: "named" }, `@${element.range}`);
  else node = document.createTextNode("");
  for (const [name, tag] of [["bold", "strong"], ["italic", "em"], ["strike", "s"], ["code", "code"]])
    if (style[name]) node = el(tag, {}, node);
  return node;
}

const emoji = ({ unicode, name }) =>
  unicode
    ? String.fromCodePoint(...unicode.split("-").map((part) => parseInt(part, 16)))
    : `:${name}:`;

/** What a person wrote, as they would type it again. */
export function typedAgain(message, names) {
  const told = (part) => {
    if (part.type === "user") return `@${names.users[part.user_id] ?? part.user_id}`;
    if (part.type === "channel") return `#${names.channels[part.channel_id] ?? part.channel_id}`;
    return part.text ?? "";
  };
  return message.blocks
    .filter((block) => block.type === "rich_text")
    .flatMap((block) => block.elements)
    .map((part) => part.elements.map(told).join(""))
    .join("\n");
}
