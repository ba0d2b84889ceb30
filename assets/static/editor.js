// The editor with a script: a preview that follows the text, saving by itself, pictures dropped or pasted
// in, and a PDF that appears when it is done.

const form = document.querySelector("form[data-editor]");
const { files, send, takeDrops } = await import(form.dataset.transfer);
const { title, body, version, pane, csrf_token: token } = form.elements;
const prose = form.querySelector("[data-prose]");
const proseTitle = form.querySelector("[data-prose-title]");
const print = form.querySelector("[data-print]");
const transfers = form.querySelector("[data-transfers]");

// Longer texts are sent less often.
const previewAfter = () => Math.min(3000, 350 + body.value.length / 100);
const STORE_AFTER = 2500;
const ASK_EVERY = 700;

// Saving

let dirty = Boolean(form.querySelector("[data-when=stored]").hidden);
let storing = null;
let mayStoreAlone = true;
const timers = {};

const say = (when) => {
  for (const words of form.querySelectorAll("[data-when]")) words.hidden = words.dataset.when !== when;
};

const post = (path, headers = {}, signal = undefined) => {
  const text = new URLSearchParams({ csrf_token: token.value, version: version.value, title: title.value, body: body.value });
  return fetch(path, { method: "POST", body: text, headers: { Accept: "application/json", ...headers }, signal });
};

const REFUSED = { 401: "signed-out", 409: "conflict" };

// What an answer to a text means: it is stored as this version, or it is not.
const settle = async (answer, sent) => {
  if (answer.ok) {
    version.value = (await answer.json()).updated_at;
    dirty = sent !== title.value + "\n" + body.value;
    mayStoreAlone = true;
    say(dirty ? "changed" : "stored");
    return true;
  }
  mayStoreAlone = false;
  // Who has been told may replace the other version, by saving again.
  if (answer.status === 409) version.value = "";
  say(REFUSED[answer.status] ?? "refused");
  return false;
};

const storeAs = async (path) => {
  // One at a time: each builds on the version that the last one made.
  while (storing) await storing;
  clearTimeout(timers.store);
  const sent = title.value + "\n" + body.value;
  say("storing");
  storing = post(path)
    .then((answer) => settle(answer, sent))
    .catch(() => {
      say("refused");
      return false;
    })
    .finally(() => {
      storing = null;
    });
  return storing;
};

const store = () => storeAs(form.action);
// Never over another version that has not been told of.
const storeAlone = () => dirty && mayStoreAlone && store();

// The preview

let asked = null;
let outdated = false;
const preview = async () => {
  asked?.abort();
  outdated = false;
  asked = new AbortController();
  try {
    const answer = await post(`${form.dataset.editor}/preview`, {}, asked.signal);
    if (answer.ok) prose.innerHTML = (await answer.json()).html;
  } catch {
    // The next keystroke asks again.
  }
};

const later = (name, milliseconds, act) => {
  clearTimeout(timers[name]);
  timers[name] = setTimeout(act, milliseconds);
};

const changed = () => {
  dirty = true;
  say("changed");
  outdated = true;
  later("preview", previewAfter(), () => pane.value === "preview" && preview());
  if (mayStoreAlone) later("store", STORE_AFTER, storeAlone);
};
// The stylesheet hides it too, but not in every browser.
form.querySelector("[data-preview]").hidden = true;
title.addEventListener("input", () => {
  proseTitle.textContent = title.value;
  changed();
});
body.addEventListener("input", changed);

addEventListener("beforeunload", (event) => {
  if (dirty) event.preventDefault();
});

addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key === "s") {
    event.preventDefault();
    store();
  }
});

// What stands beside the text

const show = (name) => {
  for (const tab of form.querySelectorAll("[data-tab]")) {
    const is = tab.dataset.tab === name;
    if (is) tab.setAttribute("aria-current", "true");
    else tab.removeAttribute("aria-current");
    document.getElementById(tab.dataset.tab).hidden = !is;
  }
  pane.value = name;
  if (name === "preview" && outdated) preview();
  history.replaceState(history.state, "", `${form.dataset.editor}?pane=${name}`);
};

for (const tab of form.querySelectorAll("[data-tab]")) {
  tab.addEventListener("click", (event) => {
    event.preventDefault();
    show(tab.dataset.tab);
  });
}

// The PDF

const draw = (html) => {
  const drawn = new DOMParser().parseFromString(html, "text/html");
  const [shown, frame] = [print.querySelector("iframe"), drawn.querySelector("iframe")];
  print.querySelector(".status").replaceWith(drawn.querySelector(".status"));
  // A frame that shows the same PDF stays: it would load again and lose its place.
  if (frame?.getAttribute("src") !== shown?.getAttribute("src")) {
    shown?.remove();
    if (frame) print.append(frame);
  }
  print.dispatchEvent(new Event("drawn", { bubbles: true }));
};

const watch = async () => {
  while (print.querySelector("[data-under-way]")) {
    await new Promise((resolve) => setTimeout(resolve, ASK_EVERY));
    await ask();
  }
};

const ask = async () => {
  const answer = await fetch(print.dataset.print, { headers: { Accept: "text/html" } }).catch(() => null);
  if (answer?.ok) draw(await answer.text());
};

const typeset = async () => {
  show("pdf");
  if (await storeAs(`${form.dataset.editor}/typesettings`)) {
    await ask();
    await watch();
  }
};

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const { submitter } = event;
  if (submitter?.hasAttribute("data-typeset")) typeset();
  else if (submitter?.hasAttribute("data-preview")) {
    show("preview");
    preview();
  } else store();
});

// Pictures

const place = (upload) => {
  const name = upload.file_name.replace(/[[\]]/g, "");
  const kept = upload.media_type.startsWith("image/") ? `![${name}](upload:${upload.id})` : "";
  if (!kept) return;
  body.setRangeText(kept, body.selectionStart, body.selectionEnd, "end");
  body.dispatchEvent(new Event("input", { bubbles: true }));
};

const take = async (dropped) => {
  for (const file of dropped) {
    const upload = await send(file, transfers);
    if (upload) place(upload);
  }
};

takeDrops(body, take);
body.addEventListener("paste", (event) => {
  const pasted = files(event.clipboardData);
  if (!pasted.length) return;
  event.preventDefault();
  take(pasted);
});

watch();
