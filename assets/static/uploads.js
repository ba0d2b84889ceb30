// Files page: uploads several selected or dropped files and shows the progress of each.

const box = document.querySelector("[data-drop]");
const { send, acceptDrops } = await import(box.dataset.transfer);
const form = box.querySelector("form");
const list = box.querySelector("[data-transfers]");
const fileInput = form.elements.file;

fileInput.multiple = true;

const uploadAll = async (files) => {
  list.replaceChildren();
  const uploads = [];
  // Sequential, so that each upload gets the full bandwidth and the rate limit is reached later.
  for (const file of files) uploads.push(await send(file, list));
  if (uploads.every(Boolean)) location.assign("/uploads?notice=uploaded");
};

form.addEventListener("submit", (event) => {
  event.preventDefault();
  uploadAll([...fileInput.files]);
});
acceptDrops(box, uploadAll);
