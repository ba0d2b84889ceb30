// Uploads one file and shows its progress.

const row = (list, name) => {
  const item = document.createElement("li");
  const bar = document.createElement("progress");
  bar.max = 1;
  bar.value = 0;
  bar.setAttribute("aria-label", name);
  item.append(name, bar);
  list.append(item);
  return { item, bar };
};

const parseResponse = (request) => {
  try {
    return JSON.parse(request.responseText);
  } catch {
    return {};
  }
};

/** Resolves with the upload from the response, or with `null` if the upload failed. The list then shows the reason. */
export const send = (file, list) =>
  new Promise((resolve) => {
    const name = file.name || "image.png";
    const { item, bar } = row(list, name);
    const form = new FormData();
    form.append("csrf_token", document.querySelector("input[name=csrf_token]").value);
    form.append("file", file, name);
    const request = new XMLHttpRequest();
    request.open("POST", "/uploads");
    request.setRequestHeader("Accept", "application/json");
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) bar.value = event.loaded / event.total;
    });
    request.addEventListener("loadend", () => {
      if (request.status === 201) {
        item.remove();
        resolve(parseResponse(request));
        return;
      }
      item.className = "failed";
      const why = list.getAttribute(`data-failed-${parseResponse(request).error?.code}`) ?? "";
      item.textContent = `${name} ${list.dataset.failed}. ${why}`;
      resolve(null);
    });
    request.send(form);
  });

/** Returns the files of a drop or paste event. */
export const files = (transfer) => [...(transfer?.files ?? [])];

/** Makes an element accept dropped files. */
export const acceptDrops = (element, onDrop) => {
  const highlight = (isOver) => element.classList.toggle("over", isOver);
  element.addEventListener("dragover", (event) => {
    if (![...event.dataTransfer.types].includes("Files")) return;
    event.preventDefault();
    highlight(true);
  });
  element.addEventListener("dragleave", () => highlight(false));
  element.addEventListener("drop", (event) => {
    highlight(false);
    const dropped = files(event.dataTransfer);
    if (!dropped.length) return;
    event.preventDefault();
    onDrop(dropped);
  });
};
