// Makes the screenshots of the main pages for the README.

import { execFileSync } from "node:child_process";
import { join } from "node:path";

import { root } from "./service.mjs";
import { Visitor } from "./visitor.mjs";

const FOLDER = join(root, "docs/images");
const PASSWORD = "correct horse battery staple";

const take = async ({ page }, name) => {
  const path = join(FOLDER, `${name}.png`);
  await page.evaluate(() => {
    for (const part of document.querySelectorAll("textarea")) part.scrollTop = 0;
    document.activeElement?.blur();
  });
  await page.mouse.move(0, 0);
  await page.waitForTimeout(1500);
  await page.screenshot({ path });
  execFileSync("pngquant", ["--force", "--skip-if-larger", "--speed", "1", "--output", path, "64", path]);
};

const account = async (visitor) => {
  await visitor.go("/register");
  await visitor.fill({ name: "Ada Lovelace", email: "ada@example.org", password: PASSWORD });
  await visitor.press("main form button");
  await signIn(visitor);
};

const signIn = async (visitor) => {
  await visitor.go("/login");
  await visitor.fill({ email: "ada@example.org", password: PASSWORD });
  await visitor.press("main form button");
};

const fill = async (visitor) => {
  for (const title of ["On the keeping of ledgers", "Field notes from the upper weir", "Letters, spring"]) {
    await visitor.go("/documents");
    await visitor.press("text=New document");
    await visitor.fill({ title, body: "It rained." });
    await visitor.page.click("text=Save");
    await visitor.page.waitForSelector("[data-when=stored]:visible");
  }
  await visitor.go("/uploads");
  await visitor.page.setInputFiles("#file", [join(root, "docs/tour/river.png"), join(root, "docs/images/tour.png"), join(root, "LICENSE")]);
  await visitor.press("main form button:text-is('Upload')");
};

const edit = async (visitor) => {
  await visitor.go("/documents");
  await visitor.press("text=New document");
  await visitor.fill({ title: "The weir", body: EXAMPLE });
  await visitor.page.click("text=Make PDF");
  await visitor.page.waitForSelector("iframe", { timeout: 40_000 });
};

export const pictures = async (browser, service) => {
  const look = (scheme, width = 1200) => Visitor.arrive(browser, service, { script: true, width, scheme });
  const light = await look("light");
  await light.go("/");
  await take(light, "landing");
  await account(light);
  await fill(light);
  await edit(light);
  await take(light, "editor");
  await light.go("/uploads");
  await take(light, "files");
  const dark = await look("dark");
  await signIn(dark);
  await take(dark, "documents-dark");
};

const EXAMPLE = `A river is *slow* where it is deep. We measured it at **three** places
between April and June.[^1]

## What we found

| Place  | Depth | Speed   |
| :----- | ----: | ------: |
| Bridge | 1.2 m | 0.8 m/s |
| Mill   | 2.6 m | 0.3 m/s |
| Weir   | 0.4 m | 2.1 m/s |

> The water remembers nothing, and the bed remembers everything.

1. Raise the bottle twice.
2. Take the sample an arm's length below the surface.
3. Note time, **temperature** and weather.

[^1]: With a stick and a watch.
`;
