// Uses the API through the generated types: uploads a file, typesets a document and fetches the PDF.
// Arguments: address of the server, e-mail address, password.

import createClient from "openapi-fetch";

import type { components, paths } from "./api.js";

declare const process: { argv: string[] };

const [baseUrl, email, password] = process.argv.slice(2) as [string, string, string];
const client = createClient<paths>({ baseUrl });

const required = <T>({ data, error }: { data?: T; error?: components["schemas"]["ErrorBody"] }): T => {
  if (data === undefined) throw new Error(JSON.stringify(error));
  return data;
};
const isEqual = (left: Uint8Array, right: Uint8Array) =>
  left.length === right.length && left.every((byte, index) => byte === right[index]);

const login = required(await client.POST("/api/v1/auth/login", { body: { email, password } }));
client.use({
  onRequest: ({ request }) => request.headers.set("Authorization", `Bearer ${login.access_token}`),
});

// Contains every byte value, so that the comparison below fails if the client decodes the file as text.
const bytes = Uint8Array.from({ length: 4096 }, (_, index) => index % 256);
const form = new FormData();
form.set("file", new Blob([bytes]), "bytes.bin");
const upload = required(
  await client.POST("/api/v1/uploads", { body: { file: "" }, bodySerializer: () => form }),
);
const path = { id: upload.id };
const content = required(await client.GET("/api/v1/uploads/{id}/content", { params: { path }, parseAs: "arrayBuffer" }));
if (!isEqual(new Uint8Array(content), bytes)) throw new Error("the uploaded file differs");
const uploads = required(await client.GET("/api/v1/uploads"));
const first: components["schemas"]["UploadView"] | undefined = uploads.items[0];
if (first?.sha256 !== upload.sha256) throw new Error("the list does not contain the file");

const body = { title: "Notes", body: "# Notes\n\nIt rained." };
const document = required(await client.POST("/api/v1/documents", { body }));
let typesetting = required(
  await client.POST("/api/v1/documents/{id}/typesettings", { params: { path: { id: document.id } } }),
);
while (typesetting.status === "queued" || typesetting.status === "running") {
  await new Promise((passed) => setTimeout(passed, 100));
  const path = { id: document.id, tid: typesetting.id };
  typesetting = required(await client.GET("/api/v1/documents/{id}/typesettings/{tid}", { params: { path } }));
}
const pdf = required(
  await client.GET("/api/v1/documents/{id}/pdf", { params: { path: { id: document.id } }, parseAs: "arrayBuffer" }),
);
const text = new TextDecoder("latin1").decode(pdf);
if (!text.startsWith("%PDF-") || !text.trimEnd().endsWith("%%EOF")) throw new Error("the PDF is incomplete");
