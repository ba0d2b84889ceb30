// Starts the server on a free port with a new database in a temporary folder.

import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");

const freePort = () =>
  new Promise((found) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => found(port));
    });
  });

export const start = async () => {
  const folder = await mkdtemp(join(tmpdir(), "ballast-browser-"));
  const port = await freePort();
  const address = `http://127.0.0.1:${port}`;
  const child = spawn(process.env.BALLAST ?? join(root, "target/debug/ballast-cli"), ["start"], {
    cwd: root,
    env: {
      PATH: process.env.PATH,
      DATABASE_URL: `sqlite://${join(folder, "browser.sqlite")}?mode=rwc`,
      STORAGE_URL: `file:${join(folder, "storage")}`,
      HOST: address,
      PORT: String(port),
      BINDING: "127.0.0.1",
      METRICS_ENABLED: "false",
      RATE_LIMIT_ENABLED: "false",
      LOG_FORMAT: "json",
    },
  });
  let output = "";
  child.stdout.on("data", (bytes) => (output += bytes));
  child.stderr.on("data", (bytes) => (output += bytes));
  const ended = new Promise((over) => child.on("exit", over));
  const stop = async () => {
    child.kill("SIGTERM");
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
  const waitFor = async (found, what) => {
    for (let tries = 0; tries < 1200; tries += 1) {
      const result = found(output);
      if (result) return result;
      if (child.exitCode !== null) break;
      await new Promise((passed) => setTimeout(passed, 100));
    }
    throw new Error(`${what}: ${output.slice(-2000)}`);
  };
  try {
    await waitFor((log) => log.includes('"event":"started"'), "the server did not start");
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    address,
    stop,
    // Reads the link from the log, because the server without an SMTP server writes its e-mails to the log.
    link: (path, name) => waitFor((log) => linkIn(log, address, path, name), `no e-mail with ${path} for ${name}`),
    log: () => output,
  };
};

// Returns the link with this path from the newest e-mail to the user with this name.
const linkIn = (log, address, path, name) => {
  const mails = log.split("\n").filter((line) => line.includes(`Hello ${name},`) && line.includes(`${path}?token=`));
  const newest = mails.at(-1)?.match(new RegExp(`${path}\\?token=([\\w-]{43})`));
  return newest && `${address}${path}?token=${newest[1]}`;
};
