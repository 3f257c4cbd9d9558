// Moves single files with the real JavaScript client.
//
// Usage: HF_ENDPOINT=… HF_TOKEN=… HFMOUNT_JS=DIR node bucket_client.mjs BUCKET put FILE PATH | get PATH FILE
//                                                     | edit PATH START END FILE
import { readFileSync, writeFileSync } from "node:fs";
import { hub, hubUrl, accessToken } from "./client.mjs";

const [bucket, command, ...words] = process.argv.slice(2);
const at = { repo: { type: "bucket", name: bucket }, hubUrl, accessToken };
const open = async (path) => {
  const blob = await hub.downloadFile({ ...at, path });
  if (!blob) {
    throw new Error(`${path} is absent`);
  }
  return blob;
};
const read = (file) => new Blob([readFileSync(file)]);

switch (command) {
  case "put":
    await hub.uploadFile({ ...at, file: { path: words[1], content: read(words[0]) } });
    break;
  case "get":
    writeFileSync(words[1], new Uint8Array(await (await open(words[0])).arrayBuffer()));
    break;
  case "edit": {
    const edits = [{ start: Number(words[1]), end: Number(words[2]), content: read(words[3]) }];
    const originalContent = await open(words[0]);
    await hub.commit({ ...at, title: "edit", operations: [{ operation: "edit", path: words[0], originalContent, edits }] });
    break;
  }
  default:
    throw new Error(`unknown command ${command}`);
}
// The client leaves handles open that would keep the process alive.
process.exit(0);
