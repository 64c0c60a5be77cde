// The page: who is using it, where they are, what they see, and sending what they do.

import { showHome } from "./home.js";
import { cancelWith, showModal } from "./modal.js";
import { forgetTalk, showTalk } from "./talk.js";
import { el } from "./text.js";
import { compose, fill, mentioned } from "./write.js";

const LOOK_MS = 500;
const NARROW = "(max-width: 52rem)";
const $ = (selector) => document.querySelector(selector);
let who = "";
let place = "";
let state = null;
let looking = 0;
let look = 0;

// Talking to the local Slack

async function refresh() {
  clearTimeout(look);
  const mine = (looking += 1);
  try {
    const query = new URLSearchParams({ who, place, version: state?.version ?? "" });
    if (!who) query.delete("who");
    const response = await fetch(`/demo/state?${query}`);
    if (mine !== looking) return;
    if (response.status === 200) show(await response.json());
    trouble("");
  } catch {
    if (mine === looking) trouble("Siden får ikke kontakt med den lokale Slack-en. Kjører «make demo» ennå?");
  }
  if (mine === looking) look = setTimeout(refresh, document.hidden ? 4 * LOOK_MS : LOOK_MS);
}

/** Do something as the person that the page is; the answer, with `ok`. */
async function send(what) {
  let answer;
  try {
    const response = await fetch("/demo/do", {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-Frisksvar-Demo": "1" },
      body: JSON.stringify({ who, what }),
    });
    answer = await response.json();
  } catch {
    answer = { ok: false, reason: "no_server" };
  }
  if (!answer.ok) trouble(sentence(answer.reason), 6000);
  refresh();
  return answer;
}

const sentence = (reason) =>
  ({
    timeout: "Frisksvar svarte ikke i tide. Prøv igjen.",
    no_connection: "Frisksvar er ikke koblet til ennå. Vent litt, og prøv igjen.",
    no_server: "Siden får ikke kontakt med den lokale Slack-en.",
  })[reason] ?? `Det gikk ikke (${reason}).`;

let troubled = 0;
function trouble(text, ms) {
  if (!text && troubled) return;
  $("#trouble").textContent = text;
  clearTimeout(troubled);
  troubled = 0;
  if (ms)
    troubled = setTimeout(() => {
      troubled = 0;
      trouble("");
    }, ms);
}

// Drawing

function show(next) {
  const moved = !state || state.me !== next.me || place !== drawnPlace;
  state = next;
  who = next.me;
  const names = namesOf(next);
  seenNow();
  showPeople();
  showPlaces();
  $("#starting").hidden = next.app.connected;
  if (moved) {
    forgetTalk();
    $("#told").textContent = "";
  }
  drawnPlace = place;
  $("#home").hidden = place !== "home";
  $("#talk").hidden = place === "home";
  if (place === "home") showHome(next, names, send);
  else showChannel(names);
  showModal(next.views, names, send);
}

let drawnPlace = "";

function namesOf({ people, app, channels }) {
  const known = Object.fromEntries(people.map((person) => [person.id, person.name]));
  return { users: { ...known, [app.id]: app.name }, people: known, channels };
}

const placeName = (one) => (one.kind === "im" ? "Meldinger" : `# ${one.name}`);

function showChannel(names) {
  const open = state.place;
  if (!open) return;
  const direct = open.kind === "im";
  $("#title").textContent = direct ? "Frisksvar: direktemelding" : `# ${open.name}`;
  document.title = `${direct ? "Frisksvar" : `#${open.name}`} – prøv Frisksvar`;
  $("#empty").textContent = direct
    ? "Skriv spørsmålet ditt under. Her trengs ingen @Frisksvar."
    : "Her er det ingen meldinger ennå.";
  $("#write textarea").placeholder = direct
    ? "Skriv spørsmålet ditt …"
    : open.id === state.places[0].id
      ? "@Frisksvar og spørsmålet …"
      : "Skriv en melding …";
  $("#mention").hidden = direct;
  showTalk(open, {
    me: state.me,
    names,
    app: state.app,
    shortcuts: state.shortcuts,
    send,
    say,
    named,
    told: (text) => ($("#told").textContent = text),
  });
  $("#prompts").replaceChildren(
    ...(open.messages.length ? [] : open.prompts).map((prompt) =>
      el("button", { type: "button", click: () => send({ do: "say", channel: open.id, text: prompt.message }) }, prompt.title),
    ),
  );
}

// What is new, for whom

const seenKey = (person, channel) => `seen ${person} ${channel}`;
const isNew = (person, channel) => {
  const latest = state.latest[person]?.[channel] ?? "";
  return latest > (sessionStorage.getItem(seenKey(person, channel)) ?? "");
};

function seenNow() {
  const latest = state.latest[state.me]?.[place];
  if (latest && !document.hidden) sessionStorage.setItem(seenKey(state.me, place), latest);
}

function showPeople() {
  const select = $("#who");
  if (!select.options.length)
    select.append(...state.people.map((person) => el("option", { value: person.id })));
  state.people.forEach((person, index) => {
    const news = Object.keys(state.latest[person.id]).some((channel) => isNew(person.id, channel));
    const text = `${person.name}, ${person.role}${news && person.id !== state.me ? " (nytt)" : ""}`;
    const option = select.options[index];
    if (option.textContent !== text) option.textContent = text;
  });
  select.value = state.me;
}

function showPlaces() {
  const entry = (id, text, news) =>
    el(
      "button",
      {
        type: "button",
        "data-place": id,
        "aria-current": id === place ? "page" : null,
        class: news ? "news" : "",
        click: () => go(id),
      },
      text,
      news ? el("span", { class: "away" }, " (nytt)") : null,
    );
  const channels = state.places.filter((one) => one.kind !== "im");
  const direct = state.places.find((one) => one.kind === "im");
  const rows = [
    ["#channels", channels.map((one) => entry(one.id, placeName(one), isNew(state.me, one.id)))],
    ["#app", [entry("home", "Hjem", false), entry(direct.id, placeName(direct), isNew(state.me, direct.id))]],
  ];
  for (const [where, buttons] of rows) {
    const box = $(where);
    const text = buttons.map((button) => button.outerHTML).join("");
    if (box.dataset.drawn === text) continue;
    const focused = box.contains(document.activeElement) ? document.activeElement.dataset.place : null;
    box.dataset.drawn = text;
    box.replaceChildren(...buttons);
    if (focused) box.querySelector(`[data-place="${focused}"]`)?.focus();
  }
}

function go(id) {
  place = id;
  state.version = "";
  const direct = state.places.find((one) => one.kind === "im");
  if (id === "home") send({ do: "open", tab: "home" });
  else if (id === direct?.id) send({ do: "open", tab: "messages" });
  else refresh();
}

/** Be somebody else, at the place with news, or else where all are. */
async function become(name) {
  const person = state.people.find((one) => one.name === name);
  who = person.id;
  const common = state.places[0].id; // their own places come first
  const news = Object.entries(state.latest[who])
    .filter(([channel]) => isNew(who, channel))
    .sort(([a, one], [b, other]) => (a === common) - (b === common) || (one < other ? 1 : -1));
  place = news[0]?.[0] ?? common;
  state.version = "";
  await refresh();
}

// Writing

const named = (text) => mentioned(text, [...state.people, state.app]);

/** Send what somebody wrote; whether it went. */
async function say(text, thread = null) {
  const channel = state.place.id;
  const command = /^\/frisksvar(?:\s+([^]*))?$/i.exec(text);
  if (command && thread) {
    trouble("Slack tar ikke kommandoer i tråder. Skriv den i feltet nederst.", 6000);
    return false;
  }
  const what = command
    ? { do: "command", channel, text: command[1] ?? "" }
    : { do: "say", channel, text: named(text), thread };
  return (await send(what)).ok;
}

// The start

const write = compose({ label: "Melding", then: (text) => say(text) });
const area = write.querySelector("textarea");
write.id = "write";
write.prepend(
  el(
    "button",
    {
      type: "button",
      id: "mention",
      "aria-label": "Sett inn @Frisksvar",
      click: () => begin(`@Frisksvar ${area.value.replace(/^@Frisksvar\s*/i, "")}`),
    },
    "@",
  ),
);
$("#talk").append(write);

function begin(text) {
  fill(area, text);
  area.focus();
}

$("#who").addEventListener("change", (event) => become(state.people.find((one) => one.id === event.target.value).name));
for (const step of document.querySelectorAll("[data-ask]"))
  step.addEventListener("click", async () => {
    const kari = state.people.find((one) => one.name === "Kari");
    who = kari.id;
    place = state.places[0].id;
    state.version = "";
    await refresh();
    begin(`@Frisksvar ${step.dataset.ask}`);
  });
for (const step of document.querySelectorAll("[data-become]"))
  step.addEventListener("click", () => become(step.dataset.become));
document.addEventListener("message-wanted", async ({ detail: { channel, ts } }) => {
  if (!state.places.some((one) => one.id === channel)) {
    trouble("Du er ikke med i den samtalen.", 4000);
    return;
  }
  place = channel;
  state.version = "";
  await refresh();
  const node = document.querySelector(`#messages [data-ts="${ts}"]`);
  node?.scrollIntoView({ block: "start" });
  node?.classList.add("pointed");
});
document.addEventListener("visibilitychange", () => document.hidden || refresh());
if (matchMedia(NARROW).matches) $("#try").open = false;
cancelWith(send);
await refresh();
place = state?.places[0].id ?? "";
await refresh();
