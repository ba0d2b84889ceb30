// Editor: live preview, autosave, dropped or pasted images, and a PDF that appears when its typesetting job is done.

const form = document.querySelector("form[data-editor]");
const { files, send, acceptDrops } = await import(form.dataset.transfer);
const { title, body, version, pane, csrf_token: token } = form.elements;
const prose = form.querySelector("[data-prose]");
const proseTitle = form.querySelector("[data-prose-title]");
const print = form.querySelector("[data-print]");
const transfers = form.querySelector("[data-transfers]");

// Milliseconds. A longer text is sent less often.
const previewDelay = () => Math.min(3000, 350 + body.value.length / 100);
const AUTOSAVE_DELAY = 2500;
const MIN_STATUS_INTERVAL = 300;
// A status that is still shown after this time is updated, for example from queued to running.
const WAIT_SECONDS = 2;

// Saving

let dirty = Boolean(form.querySelector("[data-when=stored]").hidden);
let storing = null;
let autosaveEnabled = true;
const timers = {};

const showState = (state) => {
  for (const text of form.querySelectorAll("[data-when]")) text.hidden = text.dataset.when !== state;
};

const post = (path, headers = {}, signal = undefined) => {
  const text = new URLSearchParams({ csrf_token: token.value, version: version.value, title: title.value, body: body.value });
  return fetch(path, { method: "POST", body: text, headers: { Accept: "application/json", ...headers }, signal });
};

const ERROR_STATES = { 401: "signed-out", 409: "conflict" };

// Updates the state after a save. Returns whether the text was stored.
const finishSave = async (response, sent) => {
  if (response.ok) {
    version.value = (await response.json()).updated_at;
    dirty = sent !== title.value + "\n" + body.value;
    autosaveEnabled = true;
    showState(dirty ? "changed" : "stored");
    return true;
  }
  autosaveEnabled = false;
  // An empty version replaces the other version at the next save, because the user has seen the conflict.
  if (response.status === 409) version.value = "";
  showState(ERROR_STATES[response.status] ?? "refused");
  return false;
};

const saveTo = async (path) => {
  // One save at a time, because each save needs the version of the previous one.
  while (storing) await storing;
  clearTimeout(timers.store);
  const sent = title.value + "\n" + body.value;
  showState("storing");
  storing = post(path)
    .then((response) => finishSave(response, sent))
    .catch(() => {
      showState("refused");
      return false;
    })
    .finally(() => {
      storing = null;
    });
  return storing;
};

const save = () => saveTo(form.action);
// Disabled after an error, so that autosave never replaces another version.
const autosave = () => dirty && autosaveEnabled && save();

// Preview

let previewRequest = null;
let outdated = false;
const preview = async () => {
  previewRequest?.abort();
  outdated = false;
  previewRequest = new AbortController();
  try {
    const response = await post(`${form.dataset.editor}/preview`, {}, previewRequest.signal);
    if (response.ok) prose.innerHTML = (await response.json()).html;
  } catch {
    // Ignored, because the next keystroke sends a new request.
  }
};

const debounce = (name, milliseconds, action) => {
  clearTimeout(timers[name]);
  timers[name] = setTimeout(action, milliseconds);
};

const onChange = () => {
  dirty = true;
  showState("changed");
  outdated = true;
  debounce("preview", previewDelay(), () => pane.value === "preview" && preview());
  if (autosaveEnabled) debounce("store", AUTOSAVE_DELAY, autosave);
};
// The stylesheet also hides the button, but not in every browser.
form.querySelector("[data-preview]").hidden = true;
title.addEventListener("input", () => {
  proseTitle.textContent = title.value;
  onChange();
});
body.addEventListener("input", onChange);

addEventListener("beforeunload", (event) => {
  if (dirty) event.preventDefault();
});

addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key === "s") {
    event.preventDefault();
    save();
  }
});

// Tabs: preview and PDF

const showTab = (name) => {
  for (const tab of form.querySelectorAll("[data-tab]")) {
    const isCurrent = tab.dataset.tab === name;
    if (isCurrent) tab.setAttribute("aria-current", "true");
    else tab.removeAttribute("aria-current");
    document.getElementById(tab.dataset.tab).hidden = !isCurrent;
  }
  pane.value = name;
  if (name === "preview" && outdated) preview();
  history.replaceState(history.state, "", `${form.dataset.editor}?pane=${name}`);
};

for (const tab of form.querySelectorAll("[data-tab]")) {
  tab.addEventListener("click", (event) => {
    event.preventDefault();
    showTab(tab.dataset.tab);
  });
}

// PDF

const replaceStatus = (html) => {
  const page = new DOMParser().parseFromString(html, "text/html");
  const [current, frame] = [print.querySelector("iframe"), page.querySelector("iframe")];
  print.querySelector(".status").replaceWith(page.querySelector(".status"));
  // Keeps the frame of the same PDF, because a new frame would lose the scroll position.
  if (frame?.getAttribute("src") !== current?.getAttribute("src")) {
    current?.remove();
    if (frame) print.append(frame);
  }
  print.dispatchEvent(new Event("drawn", { bubbles: true }));
};

const poll = async () => {
  while (print.querySelector("[data-under-way]")) {
    // A response without a wait must not cause the next request immediately.
    const pause = new Promise((resolve) => setTimeout(resolve, MIN_STATUS_INTERVAL));
    await Promise.all([refreshStatus(WAIT_SECONDS), pause]);
  }
};

// Shows the status of the PDF. The server responds when the typesetting has ended, at the latest after these seconds.
const refreshStatus = async (seconds = 0) => {
  const headers = { Accept: "text/html", Prefer: `wait=${seconds}` };
  const response = await fetch(print.dataset.print, { headers }).catch(() => null);
  if (response?.ok) replaceStatus(await response.text());
};

const typeset = async () => {
  showTab("pdf");
  if (await saveTo(`${form.dataset.editor}/typesettings`)) {
    await refreshStatus();
    await poll();
  }
};

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const { submitter } = event;
  if (submitter?.hasAttribute("data-typeset")) typeset();
  else if (submitter?.hasAttribute("data-preview")) {
    showTab("preview");
    preview();
  } else save();
});

// Images

const insertImage = (upload) => {
  const name = upload.file_name.replace(/[[\]]/g, "");
  const markdown = upload.media_type.startsWith("image/") ? `![${name}](upload:${upload.id})` : "";
  if (!markdown) return;
  body.setRangeText(markdown, body.selectionStart, body.selectionEnd, "end");
  body.dispatchEvent(new Event("input", { bubbles: true }));
};

const uploadAll = async (dropped) => {
  for (const file of dropped) {
    const upload = await send(file, transfers);
    if (upload) insertImage(upload);
  }
};

acceptDrops(body, uploadAll);
body.addEventListener("paste", (event) => {
  const pasted = files(event.clipboardData);
  if (!pasted.length) return;
  event.preventDefault();
  uploadAll(pasted);
});

poll();
