// Sends one file to the server and shows how far it is.

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

const told = (request) => {
  try {
    return JSON.parse(request.responseText);
  } catch {
    return {};
  }
};

/**
 * Resolves with the upload as the server describes it, or with nothing where it was refused; the list
 * says why.
 */
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
        resolve(told(request));
        return;
      }
      item.className = "failed";
      const why = list.getAttribute(`data-failed-${told(request).error?.code}`) ?? "";
      item.textContent = `${name} ${list.dataset.failed}. ${why}`;
      resolve(null);
    });
    request.send(form);
  });

/** The files of a drop or a paste. */
export const files = (transfer) => [...(transfer?.files ?? [])];

/** Lets files be dropped on an element. */
export const takeDrops = (element, take) => {
  const over = (is) => element.classList.toggle("over", is);
  element.addEventListener("dragover", (event) => {
    if (![...event.dataTransfer.types].includes("Files")) return;
    event.preventDefault();
    over(true);
  });
  element.addEventListener("dragleave", () => over(false));
  element.addEventListener("drop", (event) => {
    over(false);
    const dropped = files(event.dataTransfer);
    if (!dropped.length) return;
    event.preventDefault();
    take(dropped);
  });
};
