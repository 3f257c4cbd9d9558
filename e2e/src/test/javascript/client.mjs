// The real JavaScript client, from the directory HFMOUNT_JS, with the Hub and token of the environment.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

for (const name of ["HF_ENDPOINT", "HF_TOKEN", "HFMOUNT_JS"]) {
  if (!process.env[name]) {
    console.error(`${name} is not set`);
    process.exit(102);
  }
}

const installed = join(process.env.HFMOUNT_JS, "node_modules/@huggingface/hub");
const entry = createRequire(join(process.env.HFMOUNT_JS, "package.json")).resolve("@huggingface/hub");

export const hub = await import(pathToFileURL(entry).href);
export const version = JSON.parse(readFileSync(join(installed, "package.json"), "utf8")).version;
export const hubUrl = process.env.HF_ENDPOINT;
export const accessToken = process.env.HF_TOKEN;
