// Drives a Hub with the real JavaScript client (@huggingface/hub).
//
// Usage: HF_ENDPOINT=http://... HF_TOKEN=hf_... HFMOUNT_JS=DIR node hub_client_suite.mjs [name part ...]
//
// HFMOUNT_JS is a directory in which the client is installed. Every case prints PASS or FAIL; the exit status is the number
// of failed cases, at most 100. With arguments, only cases whose name contains one of them run. The Hub needs no
// preparation: the suite makes its own buckets and repos and removes them.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { hub, hubUrl, accessToken, version } from "./client.mjs";

const KIB = 1024;
const MIB = 1024 * KIB;
// The client puts names into addresses as they are, so that these can be downloaded …
const PLAIN_ODD_NAMES = [
  "with space.txt",
  "ünïcödé ☃ 名前 🎉.txt",
  "and&plus+semi;equals=.txt",
  "brackets[1]|pipe{2}^~`.txt",
  "quote'\"double.txt",
];
// … and these can only be uploaded, listed, asked for and deleted by it.
const ENCODED_ODD_NAMES = ["hash#1.txt", "percent%.txt", "already%20encoded.txt", "question?.txt"];

const cases = [];
const define = (name, run) => cases.push({ name, run });

let state = 20260301;
/** Reproducible bytes that do not repeat. */
function bytes(size) {
  const content = new Uint8Array(size);
  const words = new Uint32Array(content.buffer, 0, size >> 2);
  for (let i = 0; i < words.length; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    words[i] = state;
  }
  for (let i = words.length << 2; i < size; i++) {
    content[i] = i * 31 + state;
  }
  return content;
}

const digest = (content) => createHash("sha256").update(content).digest("hex");

function equalBytes(actual, wanted, what) {
  assert.equal(actual.length, wanted.length, `${what}: length`);
  assert.equal(digest(actual), digest(wanted), `${what}: content`);
}

/** A fresh bucket, or a fresh repo of another type. */
class Workplace {
  constructor(owner, type) {
    this.owner = owner;
    this.repo = { type, name: `${owner}/js-${crypto.randomUUID().slice(0, 12)}` };
    this.at = { repo: this.repo, hubUrl, accessToken };
  }

  async upload(files) {
    const contents = Object.entries(files).map(([path, content]) => ({ path, content: new Blob([content]) }));
    await hub.uploadFiles({ ...this.at, files: contents });
  }

  async open(path, more = {}) {
    const blob = await hub.downloadFile({ ...this.at, ...more, path });
    assert.ok(blob, `${path} is absent`);
    return blob;
  }

  async download(path, more) {
    return new Uint8Array(await (await this.open(path, more)).arrayBuffer());
  }

  async list(more = {}) {
    const entries = [];
    for await (const entry of hub.listFiles({ ...this.at, recursive: true, ...more })) {
      entries.push(entry);
    }
    return entries;
  }

  async paths(more) {
    return (await this.list(more)).map((entry) => entry.path).sort();
  }

  /** Replaces ranges of a stored file: [start, end, content]. */
  async edit(path, ...edits) {
    await hub.commit({
      ...this.at,
      title: "edit",
      operations: [
        {
          operation: "edit",
          path,
          originalContent: await this.open(path),
          edits: edits.map(([start, end, content]) => ({ start, end, content: new Blob([content]) })),
        },
      ],
    });
  }
}

/** What edits of distinct ranges, in order, make of some bytes. */
function edited(original, ...edits) {
  const parts = [];
  let at = 0;
  for (const [start, end, content] of edits) {
    parts.push(original.subarray(at, start), content);
    at = end;
  }
  parts.push(original.subarray(at));
  return new Uint8Array(Buffer.concat(parts));
}

define("bucket_life", async (work) => {
  assert.equal(await hub.repoExists({ ...work.at }), true);
  await assert.rejects(hub.createRepo({ ...work.at }), (error) => error.statusCode === 409);
  assert.deepEqual(await work.paths(), []);
  const name = `${work.owner}/js-life-${crypto.randomUUID().slice(0, 8)}`;
  const repo = { type: "bucket", name };
  const created = await hub.createRepo({ repo, hubUrl, accessToken, private: true });
  assert.equal(created.id, name);
  assert.equal(created.repoUrl, `${hubUrl}/buckets/${name}`);
  await hub.deleteRepo({ repo, hubUrl, accessToken });
  assert.equal(await hub.repoExists({ repo, hubUrl, accessToken }), false);
});

define("who_am_i", async (work) => {
  assert.equal((await hub.whoAmI({ hubUrl, accessToken })).name, work.owner);
});

for (const size of [0, 1, 100 * KIB, 20 * MIB]) {
  define(`size_${size}`, async (work) => {
    const content = bytes(size);
    const path = `sizes/${size}.bin`;
    await work.upload({ [path]: content });
    const [entry] = await work.list();
    assert.deepEqual([entry.path, entry.size, entry.type], [path, size, "file"]);
    equalBytes(await work.download(path), content, path);
    if (size > 100) {
      const blob = await work.open(path);
      const middle = new Uint8Array(await blob.slice(size >> 1, (size >> 1) + 50).arrayBuffer());
      equalBytes(middle, content.subarray(size >> 1, (size >> 1) + 50), "a slice");
    }
  });
}

define("list", async (work) => {
  await work.upload({ "a/1.m": "1", "a/1.m.d/x": "2", "logs/x": "3", "logs/sub/y": "4", "logs.txt": "5" });
  assert.deepEqual(await work.paths(), ["a/1.m", "a/1.m.d/x", "logs.txt", "logs/sub/y", "logs/x"]);
  const top = (await work.list({ recursive: false })).map((entry) => `${entry.type} ${entry.path}`).sort();
  assert.deepEqual(top, ["directory a", "directory logs", "file logs.txt"]);
  assert.deepEqual(await work.paths({ path: "logs/", recursive: false }), ["logs/sub", "logs/x"]);
});

define("paths_info", async (work) => {
  await work.upload({ "a b": "12", "c/#": "345" });
  const found = await hub.pathsInfo({ ...work.at, paths: ["a b", "c/#", "none"] });
  assert.deepEqual(found.map((entry) => `${entry.path} ${entry.size}`).sort(), ["a b 2", "c/# 3"]);
  assert.equal(await hub.fileExists({ ...work.at, path: "a b" }), true);
  assert.equal(await hub.fileExists({ ...work.at, path: "none" }), false);
  assert.equal(await hub.downloadFile({ ...work.at, path: "none" }), null);
});

define("overwrite", async (work) => {
  await work.upload({ "over.txt": "first" });
  await work.upload({ "over.txt": "the second is longer" });
  assert.equal(await (await work.open("over.txt")).text(), "the second is longer");
});

define("two_hundred_and_fifty_files", async (work) => {
  const files = Object.fromEntries(Array.from({ length: 250 }, (_, i) => [`many/${i}`, `${i}`.repeat(i)]));
  await work.upload(files);
  assert.deepEqual(await work.paths(), Object.keys(files).sort());
  for (const path of ["many/0", "many/99", "many/100", "many/249"]) {
    assert.equal(await (await work.open(path)).text(), files[path], path);
  }
});

const LARGE = 20 * MIB;

define("edit_in_place", async (work) => {
  const original = bytes(LARGE);
  await work.upload({ "large.bin": original });
  const edit = [9_000_000, 9_000_100, bytes(100)];
  await work.edit("large.bin", edit);
  equalBytes(await work.download("large.bin"), edited(original, edit), "edited");
});

define("edit_insert_cut_and_replace", async (work) => {
  const original = bytes(LARGE);
  await work.upload({ "large.bin": original });
  const edits = [
    [0, 10, bytes(1000)],
    [5_000_000, 5_000_000, bytes(70_000)],
    [10_000_000, 10_300_000, bytes(0)],
    [LARGE - 5, LARGE, bytes(5)],
  ];
  await work.edit("large.bin", ...edits);
  equalBytes(await work.download("large.bin"), edited(original, ...edits), "edited");
});

define("edit_append_and_edit_again", async (work) => {
  let content = bytes(3 * MIB);
  await work.upload({ "log.bin": content });
  for (let round = 0; round < 3; round++) {
    for (const edit of [
      [content.length, content.length, bytes(100 * KIB)],
      [round * MIB, round * MIB + 7, bytes(9)],
    ]) {
      await work.edit("log.bin", edit);
      content = edited(content, edit);
    }
    equalBytes(await work.download("log.bin"), content, `round ${round}`);
  }
});

define("copy", async (work) => {
  const files = { "src/a.bin": bytes(100 * KIB), "src/sub/b.bin": bytes(10), "src/empty": bytes(0) };
  await work.upload(files);
  const source = { repo: work.repo, path: "src/a.bin" };
  const shared = { hubUrl, accessToken };
  await hub.copyFile({ ...shared, source, destination: { repo: work.repo, path: "copy of a.bin" } });
  await hub.copyFolder({
    ...shared,
    source: { repo: work.repo, path: "src" },
    destination: { repo: work.repo, path: "dst" },
  });
  equalBytes(await work.download("copy of a.bin"), files["src/a.bin"], "the copied file");
  for (const path of ["a.bin", "sub/b.bin", "empty"]) {
    equalBytes(await work.download(`dst/${path}`), files[`src/${path}`], `dst/${path}`);
  }
});

define("delete", async (work) => {
  await work.upload({ "d/1": "1", "d/2": "2", "d/3": "3" });
  await hub.deleteFile({ ...work.at, path: "d/1" });
  assert.deepEqual(await work.paths(), ["d/2", "d/3"]);
  await hub.deleteFiles({ ...work.at, paths: ["d/2", "d/3", "absent"] });
  assert.deepEqual(await work.paths(), []);
});

define("odd_names", async (work) => {
  const names = [...PLAIN_ODD_NAMES, ...ENCODED_ODD_NAMES];
  await work.upload(Object.fromEntries(names.map((name) => [`odd/${name}`, `content of ${name}`])));
  const paths = names.map((name) => `odd/${name}`).sort();
  assert.deepEqual(await work.paths(), paths);
  assert.equal((await hub.pathsInfo({ ...work.at, paths })).length, paths.length);
  for (const name of PLAIN_ODD_NAMES) {
    assert.equal(await (await work.open(`odd/${name}`)).text(), `content of ${name}`);
  }
  await hub.deleteFiles({ ...work.at, paths });
  assert.deepEqual(await work.paths(), []);
});

define("private_bucket", async (work) => {
  const repo = { type: "bucket", name: `${work.owner}/js-private-${crypto.randomUUID().slice(0, 8)}` };
  await hub.createRepo({ repo, hubUrl, accessToken, private: true });
  try {
    await hub.uploadFile({ repo, hubUrl, accessToken, file: { path: "secret", content: new Blob(["s"]) } });
    await assert.rejects(hub.downloadFile({ repo, hubUrl, path: "secret" }), (error) => error.statusCode === 401);
    await assert.rejects(
      hub.uploadFile({ repo, hubUrl, accessToken: "hf_of_nobody", file: { path: "x", content: new Blob(["x"]) } }),
    );
    assert.equal(await (await hub.downloadFile({ repo, hubUrl, accessToken, path: "secret" })).text(), "s");
  } finally {
    await hub.deleteRepo({ repo, hubUrl, accessToken });
  }
});

for (const type of ["model", "dataset"]) {
  define(`${type}_life`, async (outer) => {
    const work = new Workplace(outer.owner, type);
    await hub.createRepo({ ...work.at });
    try {
      const large = bytes(2 * MIB);
      await work.upload({ "README.md": "# one\n", "w/model.bin": large, empty: "" });
      assert.deepEqual(await work.paths(), ["README.md", "empty", "w", "w/model.bin"]);
      equalBytes(await work.download("w/model.bin"), large, "the large file");
      assert.equal(await (await work.open("README.md")).text(), "# one\n");
      assert.equal((await work.open("empty")).size, 0);
      const entry = (await work.list()).find(({ path }) => path === "w/model.bin");
      assert.equal(entry.lfs.oid, digest(large));
      const second = await hub.uploadFile({ ...work.at, file: { path: "README.md", content: new Blob(["# two\n"]) } });
      await hub.createBranch({ ...work.at, branch: "dev" });
      await hub.deleteFile({ ...work.at, path: "w/model.bin" });
      assert.deepEqual(await work.paths({ revision: "dev" }), ["README.md", "empty", "w", "w/model.bin"]);
      assert.deepEqual(await work.paths(), ["README.md", "empty"]);
      const old = await work.download("README.md", { revision: second.commit.oid });
      assert.equal(new TextDecoder().decode(old), "# two\n");
      assert.equal(await hub.fileExists({ ...work.at, path: "w/model.bin", revision: "dev" }), true);
    } finally {
      await hub.deleteRepo({ ...work.at });
    }
    assert.equal(await hub.repoExists({ ...work.at }), false);
  });
}

async function main() {
  const wanted = process.argv.slice(2);
  const owner = (await hub.whoAmI({ hubUrl, accessToken })).name;
  let ran = 0;
  let failed = 0;
  for (const { name, run } of cases) {
    if (wanted.length > 0 && !wanted.some((part) => name.includes(part))) {
      continue;
    }
    ran++;
    const start = performance.now();
    const work = new Workplace(owner, "bucket");
    let outcome = "PASS";
    try {
      await hub.createRepo({ ...work.at });
      await run(work);
      await hub.deleteRepo({ ...work.at });
    } catch (error) {
      outcome = "FAIL";
      failed++;
      console.log(error);
    }
    console.log(`${outcome} ${name} (${((performance.now() - start) / 1000).toFixed(1)} s)`);
  }
  console.log(`${ran - failed} of ${ran} cases passed with @huggingface/hub ${version}`);
  return ran === 0 ? 101 : Math.min(failed, 100);
}

// The client leaves handles open that would keep the process alive.
process.exit(await main());
