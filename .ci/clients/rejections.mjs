// Tests that Node's fetch receives the response if the server rejects a request before it has read the whole body.

// The smallest size is one byte more than 16 KiB, because the JSON limit of account endpoints is 16 KiB.
const SIZES = [16, 64, 256, 1024, 8192].map((kibibytes) => kibibytes * 1024 + 1);
const REJECTED = [
  { path: "/api/v1/uploads", type: "multipart/form-data; boundary=x", status: 401 },
  { path: "/api/v1/auth/login", type: "application/json", status: 413 },
  { path: "/api/v1/auth/login", type: "text/plain", status: 415 },
];

// Number of requests of each kind and size. One request is not enough, because an early connection reset, which hides
// the response, occurs only in some tries.
const TRIES = 5;

const check = async (address, { path, type, status }, size) => {
  const options = { method: "POST", headers: { "Content-Type": type }, body: new Uint8Array(size) };
  const response = await fetch(address + path, options);
  const { error } = await response.json();
  if (response.status !== status || !error.code) throw new Error(`${path} with ${size} bytes: ${response.status}`);
};

export const rejections = async (address) => {
  for (const size of SIZES) {
    for (const rejected of REJECTED) {
      for (let tries = 0; tries < TRIES; tries += 1) await check(address, rejected, size);
    }
  }
};
