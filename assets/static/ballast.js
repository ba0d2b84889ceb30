// Enhances every web page: shows times in the time zone of the browser and prevents duplicate submits.

const { lang } = document.documentElement;
const locale = navigator.languages.find((tag) => tag.split("-")[0] === lang) ?? lang;
const moment = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" });

const localizeTimes = (part) => {
  for (const time of part.querySelectorAll("time[data-moment]")) {
    time.textContent = moment.format(new Date(time.dateTime));
  }
};

localizeTimes(document);
// Event of another script that has replaced a part of the page.
document.addEventListener("drawn", (event) => localizeTimes(event.target));

// Removes the flash message from the address, so that a reload or a shared link does not show it again.
const address = new URL(location.href);
if (address.searchParams.has("notice")) {
  address.searchParams.delete("notice");
  history.replaceState(history.state, "", address);
}

// Ignores submits that the script of the page handles itself.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  event.submitter?.setAttribute("aria-disabled", "true");
});

// Enables the form again after the browser's back button.
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  for (const button of document.querySelectorAll("button[aria-disabled]")) button.removeAttribute("aria-disabled");
});
