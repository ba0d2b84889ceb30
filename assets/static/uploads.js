// The page of files: several at once, dropped or chosen, each with its progress.

const box = document.querySelector("[data-drop]");
const { send, takeDrops } = await import(box.dataset.transfer);
const form = box.querySelector("form");
const list = box.querySelector("[data-transfers]");
const chosen = form.elements.file;

chosen.multiple = true;

const take = async (files) => {
  list.replaceChildren();
  const sent = [];
  // One after the other: each gets the whole line, and the limit on uploads is met later.
  for (const file of files) sent.push(await send(file, list));
  if (sent.every(Boolean)) location.assign("/uploads?notice=uploaded");
};

form.addEventListener("submit", (event) => {
  event.preventDefault();
  take([...chosen.files]);
});
takeDrops(box, take);
