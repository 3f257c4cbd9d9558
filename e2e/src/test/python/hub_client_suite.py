"""Drives a Hub with the real Python client (huggingface_hub and hf_xet).

Usage: HF_ENDPOINT=http://... HF_TOKEN=hf_... python hub_client_suite.py [name part ...]

Every case prints PASS or FAIL; the exit status is the number of failed cases, at most 100. With arguments, only cases
whose name contains one of them run. The Hub needs no preparation: the suite makes its own buckets and repos and removes them.
"""

import hashlib
import os
import random
import sys
import tempfile
import time
import traceback
import uuid
import warnings
from importlib.metadata import version
from pathlib import Path

scratch = tempfile.TemporaryDirectory(prefix="hub-suite-")
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
os.environ.setdefault("HF_HOME", os.path.join(scratch.name, "hf-home"))
for required in ("HF_ENDPOINT", "HF_TOKEN"):
    if required not in os.environ:
        sys.exit(f"{required} is not set")

from huggingface_hub import (  # noqa: E402
    CommitOperationAdd,
    CommitOperationCopy,
    CommitOperationDelete,
    HfApi,
    HfFileSystem,
    __version__ as hub_version,
    hf_hub_download,
    snapshot_download,
)
from huggingface_hub._buckets import BucketFile, BucketFolder  # noqa: E402
from huggingface_hub.errors import (  # noqa: E402
    BucketBatchError,
    BucketNotFoundError,
    EntryNotFoundError,
    GatedRepoError,
    HfHubHTTPError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

KIB = 1024
MIB = 1024 * KIB
ODD_NAMES = [
    "with space.txt",
    "hash#1.txt",
    "percent%.txt",
    "already%20encoded.txt",
    "slash%2Fencoded.txt",
    "question?.txt",
    "and&plus+semi;equals=.txt",
    "ünïcödé ☃ 名前 🎉.txt",
    "deep/er dir/#/?/x.txt",
    "brackets[1]|pipe{2}^~`.txt",
    "quote'\"double.txt",
]
api = HfApi()
cases = []


def case(function):
    cases.append(function)
    return function


class Workplace:
    """A fresh bucket and a fresh directory."""

    def __init__(self):
        self.owner = api.whoami()["name"]
        self.bucket = f"{self.owner}/suite-{uuid.uuid4().hex[:12]}"
        self.directory = Path(tempfile.mkdtemp(dir=scratch.name))
        self.random = random.Random(20260301)

    def bytes(self, size):
        return self.random.randbytes(size)

    def upload(self, files):
        api.batch_bucket_files(self.bucket, add=[(content, path) for path, content in files.items()])

    def download(self, paths):
        target = Path(tempfile.mkdtemp(dir=self.directory))
        wanted = [(path, target / str(number)) for number, path in enumerate(paths)]
        api.download_bucket_files(self.bucket, wanted, raise_on_missing_files=True)
        return {path: local.read_bytes() for path, local in wanted}

    def paths(self, prefix=None, recursive=True):
        return [entry.path for entry in api.list_bucket_tree(self.bucket, prefix, recursive=recursive)]

    def uri(self, path=""):
        return f"hf://buckets/{self.bucket}/{path}"


def expect(condition, message):
    if not condition:
        raise AssertionError(message)


def expect_equal(actual, wanted, what):
    if actual != wanted:
        raise AssertionError(f"{what}: got {brief(actual)}, wanted {brief(wanted)}")


def brief(value):
    text = f"{len(value)} bytes" if isinstance(value, bytes) else repr(value)
    return text if len(text) < 400 else text[:400] + "…"


def expect_raises(kind, function, status=None):
    try:
        function()
    except kind as error:
        if status is not None:
            expect_equal(error.response.status_code, status, "status")
        return error
    raise AssertionError(f"{kind.__name__} was not raised")


@case
def bucket_life(work):
    """create, exist_ok, info, list, settings, move, delete"""
    name = f"{work.owner}/life-{uuid.uuid4().hex[:8]}"
    url = api.create_bucket(name, private=True)
    expect_equal(url.bucket_id, name, "bucket id")
    expect_equal(api.create_bucket(name, exist_ok=True).bucket_id, name, "existing bucket's id")
    expect_raises(HfHubHTTPError, lambda: api.create_bucket(name), 409)
    info = api.bucket_info(name)
    expect_equal((info.id, info.private, info.size, info.total_files), (name, True, 0, 0), "info")
    expect(name in [bucket.id for bucket in api.list_buckets(work.owner)], "the bucket is not listed")
    expect_raises(BucketNotFoundError, lambda: api.bucket_info(name, token=False))
    api.update_bucket_settings(name, private=False)
    expect_equal(api.bucket_info(name, token=False).private, False, "visibility after the change")
    api.move_bucket(name, name + "-moved")
    expect_raises(BucketNotFoundError, lambda: api.bucket_info(name))
    api.delete_bucket(name + "-moved")
    expect_raises(BucketNotFoundError, lambda: api.delete_bucket(name + "-moved"))
    api.delete_bucket(name + "-moved", missing_ok=True)


@case
def own_namespace_is_me(work):
    """a bucket without namespace is the caller's"""
    name = f"me-{uuid.uuid4().hex[:8]}"
    expect_equal(api.create_bucket(name).bucket_id, f"{work.owner}/{name}", "bucket id")
    api.delete_bucket(f"{work.owner}/{name}")


def size_case(size):
    def upload_and_download(work):
        content = work.bytes(size)
        path = f"sizes/{size}.bin"
        work.upload({path: content})
        entry = next(iter(api.get_bucket_paths_info(work.bucket, [path])))
        expect_equal(entry.size, size, "listed size")
        expect_equal(work.download([path])[path], content, "content")
        expect_equal(entry.xet_hash == "0" * 64, size == 0, "whether the hash is that of the empty file")

    upload_and_download.__name__ = f"size_{size}"
    upload_and_download.__doc__ = f"upload and download {size} bytes"
    return upload_and_download


for one_size in (0, 1, 64 * KIB - 1, 64 * KIB, 64 * KIB + 1):
    case(size_case(one_size))


@case
def fifty_megabytes(work):
    """upload, download, and a second version that shares most of its content"""
    content = bytearray(work.bytes(30 * MIB) + b"compressible line\n" * (20 * MIB // 18))
    local = work.directory / "large.bin"
    local.write_bytes(content)
    api.batch_bucket_files(work.bucket, add=[(local, "large.bin")])
    first = digest(work.download(["large.bin"])["large.bin"])
    expect_equal(first, digest(content), "first version")
    content[25 * MIB : 25 * MIB + 5] = b"edit!"
    local.write_bytes(content)
    api.batch_bucket_files(work.bucket, add=[(local, "large.bin")])
    expect_equal(digest(work.download(["large.bin"])["large.bin"]), digest(content), "second version")
    expect_equal(api.bucket_info(work.bucket).size, sum_of_sizes(work), "size of the bucket")


def digest(content):
    return hashlib.sha256(content).hexdigest()


def sum_of_sizes(work):
    return sum(entry.size for entry in api.list_bucket_tree(work.bucket, recursive=True))


@case
def two_hundred_small_files(work):
    """one batch of 200 different files"""
    files = {f"small/{number:03d}.bin": work.bytes(1 + number * 7) for number in range(200)}
    work.upload(files)
    expect_equal(work.paths("small/"), sorted(files), "listing")
    expect_equal(work.download(files), files, "contents")


@case
def odd_names(work):
    """names with spaces, #, %, ?, unicode and more"""
    files = {f"odd/{name}": f"content of {name}".encode() for name in ODD_NAMES}
    work.upload(files)
    expect_equal(sorted(work.paths("odd/")), sorted(files), "listing")
    expect_equal({entry.path for entry in api.get_bucket_paths_info(work.bucket, list(files))}, set(files), "paths info")
    for path, content in files.items():
        metadata = api.get_bucket_file_metadata(work.bucket, path)
        expect_equal(metadata.size, len(content), f"size of {path}")
        expect_equal(work.paths(path), [path], f"listing by the name {path}")
    expect_equal(work.download(files), files, "contents")
    api.batch_bucket_files(work.bucket, delete=list(files))
    expect_equal(work.paths("odd/"), [], "listing after deletion")


@case
def raw_prefix_listing(work):
    """prefixes match keys as text"""
    work.upload({path: b"x" for path in ("a/1.m", "a/1.m#1", "a/1.m.d/x", "logs/x", "logs/sub/y", "logs.txt", "logs_old/z")})
    kinds = {BucketFile: "file", BucketFolder: "directory"}
    listing = [(kinds[type(e)], e.path) for e in api.list_bucket_tree(work.bucket, "a/1.m", recursive=False)]
    expect_equal(listing, [("file", "a/1.m"), ("file", "a/1.m#1"), ("directory", "a/1.m.d")], "a/1.m")
    expect_equal(
        sorted(work.paths("logs", recursive=False)), ["logs.txt", "logs/sub", "logs/x", "logs_old"], "logs"
    )
    expect_equal(sorted(work.paths("logs/", recursive=False)), ["logs/sub", "logs/x"], "logs/")
    expect_equal(work.paths("unknown"), [], "unknown prefix")
    expect_equal(sorted(work.paths("logs/")), ["logs/sub/y", "logs/x"], "recursive listing")


@case
def thousand_and_one_operations(work):
    """1,001 additions, a listing over several pages, 1,001 deletions"""
    files = {f"many/{number:04d}": f"{number}".encode() for number in range(1001)}
    work.upload(files)
    expect_equal(work.paths("many/"), sorted(files), "listing")
    expect_equal(api.bucket_info(work.bucket).total_files - len(work.paths()), 0, "number of files")
    expect_equal(len(list(api.get_bucket_paths_info(work.bucket, files))), 1001, "paths info")
    api.batch_bucket_files(work.bucket, delete=list(files))
    expect_equal(work.paths("many/"), [], "listing after deletion")


@case
def overwrite(work):
    """a second upload replaces the first"""
    work.upload({"over.txt": b"first"})
    work.upload({"over.txt": b"the second is longer"})
    expect_equal(work.download(["over.txt"])["over.txt"], b"the second is longer", "content")


@case
def copy_on_the_server(work):
    """copies of files and folders move no bytes and are equal"""
    files = {"src/a.bin": work.bytes(100 * KIB), "src/sub/b.bin": work.bytes(10), "src/empty": b""}
    work.upload(files)
    api.copy_files(work.uri("src/a.bin"), work.uri("copy-of-a.bin"))
    api.copy_files(work.uri("src/"), work.uri("dst/"))
    wanted = {"copy-of-a.bin": files["src/a.bin"]}
    wanted.update({path.replace("src/", "dst/"): content for path, content in files.items()})
    expect_equal(work.download(wanted), wanted, "copies")
    other = f"{work.bucket}-other"
    api.create_bucket(other)
    try:
        api.copy_files(work.uri("src/sub/b.bin"), f"hf://buckets/{other}/b.bin")
        expect_equal([entry.path for entry in api.list_bucket_tree(other)], ["b.bin"], "copy in another bucket")
    finally:
        api.delete_bucket(other)


@case
def partial_failure(work):
    """an unknown hash fails alone, with its path told"""
    work.upload({"known": b"known"})
    known = next(iter(api.get_bucket_paths_info(work.bucket, ["known"]))).xet_hash
    copies = [("bucket", work.bucket, known, "good"), ("bucket", work.bucket, "e" * 64, "bad")]
    error = expect_raises(BucketBatchError, lambda: api.batch_bucket_files(work.bucket, copy=copies))
    expect("bad" in str(error), f"the error does not name the path: {error}")
    expect_equal(error.response.status_code, 200, "status of a partial failure")
    expect_equal(sorted(work.paths()), ["good", "known"], "listing")
    failing = lambda: api.batch_bucket_files(work.bucket, copy=copies[1:])  # noqa: E731
    expect_equal(expect_raises(BucketBatchError, failing).response.status_code, 422, "status when all fail")


@case
def delete(work):
    """deleting, also what is not there"""
    work.upload({"d/1": b"1", "d/2": b"2"})
    api.batch_bucket_files(work.bucket, delete=["d/1", "d/absent"])
    expect_equal(work.paths(), ["d/2"], "listing")
    expect_raises(
        EntryNotFoundError,
        lambda: api.download_bucket_files(work.bucket, [("d/1", work.directory / "x")], raise_on_missing_files=True),
    )
    expect_raises(EntryNotFoundError, lambda: api.get_bucket_file_metadata(work.bucket, "d/1"))


@case
def modification_time(work):
    """mtime is kept to the millisecond"""
    local = work.directory / "timed.txt"
    local.write_bytes(b"timed")
    os.utime(local, ns=(1_772_366_400_123_000_000, 1_772_366_400_123_000_000))
    api.batch_bucket_files(work.bucket, add=[(local, "timed.txt")])
    entry = next(iter(api.get_bucket_paths_info(work.bucket, ["timed.txt"])))
    expect_equal(round(entry.mtime.timestamp() * 1000), 1_772_366_400_123, "mtime")


@case
def synchronize(work):
    """sync up, again without work, and down"""
    source = work.directory / "tree"
    files = {"one.txt": b"1" * 100, "sub/two.bin": work.bytes(200 * KIB), "sub/deep/three": b""}
    for path, content in files.items():
        (source / path).parent.mkdir(parents=True, exist_ok=True)
        (source / path).write_bytes(content)
    api.sync_bucket(str(source), work.uri("synced"), quiet=True)
    expect_equal(sorted(work.paths("synced/")), sorted(f"synced/{path}" for path in files), "listing")
    again = api.sync_bucket(str(source), work.uri("synced"), quiet=True).summary()
    expect_equal((again["uploads"], again["deletes"]), (0, 0), "work of the second sync")
    target = work.directory / "back"
    api.sync_bucket(work.uri("synced"), str(target), quiet=True)
    back = {str(p.relative_to(target)): p.read_bytes() for p in target.rglob("*") if p.is_file()}
    expect_equal(back, files, "synced back")


@case
def file_system(work):
    """HfFileSystem: write, read, ranges, find, move, remove"""
    fs = HfFileSystem()
    content = work.bytes(300 * KIB)
    with fs.open(work.uri("fs/a b#.bin"), "wb") as file:
        file.write(content)
    expect_equal(fs.read_bytes(work.uri("fs/a b#.bin")), content, "content")
    with fs.open(work.uri("fs/a b#.bin"), "rb", block_size=4096) as file:
        file.seek(100_000)
        expect_equal(file.read(5000), content[100_000:105_000], "range")
    expect_equal(fs.cat_file(work.uri("fs/a b#.bin"), start=-10), content[-10:], "suffix")
    fs.mv(work.uri("fs/a b#.bin"), work.uri("fs/moved.bin"))
    expect_equal(fs.find(work.uri("fs")), [f"buckets/{work.bucket}/fs/moved.bin"], "find")
    expect_equal(fs.read_bytes(work.uri("fs/moved.bin")), content, "content after the move")
    expect(fs.isdir(work.uri("fs")), "fs is no directory")
    fs.rm(work.uri("fs/moved.bin"))
    expect(not fs.exists(work.uri("fs/moved.bin")), "the file is still there")


@case
def private_content_stays_private(work):
    """a private bucket is closed to callers without a token"""
    work.upload({"secret": b"secret"})
    api.update_bucket_settings(work.bucket, private=True)
    expect_raises(BucketNotFoundError, lambda: list(api.list_bucket_tree(work.bucket, token=False)))
    expect_raises(HfHubHTTPError, lambda: api.get_bucket_file_metadata(work.bucket, "secret", token=False))
    expect_raises(HfHubHTTPError, lambda: api.bucket_info(work.bucket, token="hf_of_nobody"), 401)


class RepoPlace:
    """A fresh repo."""

    def __init__(self, work, kind, private=False):
        self.work = work
        self.kind = kind
        self.id = f"{work.owner}/suite-{kind}-{uuid.uuid4().hex[:8]}"
        sdk = {"space_sdk": "static"} if kind == "space" else {}
        api.create_repo(self.id, repo_type=kind, private=private, **sdk)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        api.delete_repo(self.id, repo_type=self.kind, missing_ok=True)

    def commit(self, files, delete=(), **more):
        operations = [CommitOperationAdd(path, content) for path, content in files.items()]
        operations += [CommitOperationDelete(path, is_folder=path.endswith("/")) for path in delete]
        return api.create_commit(self.id, operations, commit_message="one", repo_type=self.kind, **more)

    def download(self, path, **more):
        cache = tempfile.mkdtemp(dir=self.work.directory)
        return Path(hf_hub_download(self.id, path, repo_type=self.kind, cache_dir=cache, **more)).read_bytes()

    def snapshot(self, **more):
        target = Path(snapshot_download(
            self.id, repo_type=self.kind, local_dir=tempfile.mkdtemp(dir=self.work.directory), **more
        ))
        return {
            str(p.relative_to(target)): p.read_bytes()
            for p in target.rglob("*")
            if p.is_file() and ".cache" not in p.parts
        }

    def files(self, **more):
        return sorted(api.list_repo_files(self.id, repo_type=self.kind, **more))


def repo_case(kind):
    def upload_list_and_download(work):
        with RepoPlace(work, kind) as repo:
            files = {
                "README.md": b"---\ntags: [x]\n---\n# one\n",
                "w/model.bin": work.bytes(3 * MIB),
                "w/small.bin": b"\0" + work.bytes(10),
                "empty": b"",
            }
            commit = repo.commit(files)
            info = api.repo_info(repo.id, repo_type=kind, files_metadata=True)
            expect_equal((info.id, info.sha), (repo.id, commit.oid), "info")
            expect_equal({s.rfilename: s.size for s in info.siblings}, {p: len(c) for p, c in files.items()}, "sizes")
            expect_equal(repo.files(), sorted(files), "files")
            tree = {e.path: e for e in api.list_repo_tree(repo.id, recursive=True, expand=True, repo_type=kind)}
            expect_equal(sorted(tree), sorted([*files, "w"]), "tree")
            expect_equal(tree["w/model.bin"].lfs.sha256, digest(files["w/model.bin"]), "sha256")
            expect_equal(tree["README.md"].lfs, None, "how the text is kept")
            expect_equal(tree["w"].last_commit.oid, commit.oid, "last commit")
            for path, content in files.items():
                expect_equal(repo.download(path), content, path)
            expect_equal(repo.snapshot(), files, "snapshot")
            paths = api.get_paths_info(repo.id, ["w", "README.md", "none"], repo_type=kind)
            expect_equal(sorted(e.path for e in paths), ["README.md", "w"], "paths info")
            expect(api.file_exists(repo.id, "empty", repo_type=kind), "the empty file does not exist")
            expect(not api.file_exists(repo.id, "none", repo_type=kind), "an absent file exists")
        expect(not api.repo_exists(repo.id, repo_type=kind), "the repo is still there")

    upload_list_and_download.__name__ = f"{kind}_repo"
    upload_list_and_download.__doc__ = f"create a {kind}, upload, list, download file by file and as a snapshot"
    return upload_list_and_download


for one_kind in ("model", "dataset", "space"):
    case(repo_case(one_kind))


@case
def repo_revisions(work):
    """commits, branches, tags and pull requests keep their states"""
    with RepoPlace(work, "model") as repo:
        large = work.bytes(MIB)
        first = repo.commit({"x": b"one", "d/large.bin": large}).oid
        api.create_branch(repo.id, branch="feature/a")
        api.create_tag(repo.id, tag="v1")
        repo.commit({"x": b"two"}, delete=["d/"])
        repo.commit({"x": b"feature"}, revision="feature/a")
        pull = repo.commit({"x": b"proposed"}, create_pr=True)
        expect_equal(pull.pr_revision, "refs/pr/1", "pull request")
        states = {None: b"two", first: b"one", "v1": b"one", "feature/a": b"feature", "refs/pr/1": b"proposed"}
        for revision, content in states.items():
            expect_equal(repo.download("x", revision=revision), content, f"x at {revision}")
        expect_equal(repo.files(), ["x"], "files of main")
        expect_equal(repo.snapshot(revision="v1"), {"x": b"one", "d/large.bin": large}, "snapshot of the tag")
        refs = api.list_repo_refs(repo.id, include_pull_requests=True)
        expect_equal(sorted(b.name for b in refs.branches), ["feature/a", "main"], "branches")
        expect_equal([(t.name, t.target_commit) for t in refs.tags], [("v1", first)], "tags")
        expect_equal([p.ref for p in refs.pull_requests], ["refs/pr/1"], "pull requests")
        expect_raises(HfHubHTTPError, lambda: repo.commit({"x": b"late"}, parent_commit=first), 412)
        expect_raises(RevisionNotFoundError, lambda: repo.download("x", revision="none"))
        expect_raises(EntryNotFoundError, lambda: repo.download("none"))
        expect_raises(RepositoryNotFoundError, lambda: hf_hub_download(f"{work.owner}/none", "x"))


@case
def repo_upload_folder(work):
    """a folder, then the same again, a change, a copy and odd names"""
    with RepoPlace(work, "dataset") as repo:
        folder = work.directory / "folder"
        files = {f"deep/{name}": name.encode() for name in ODD_NAMES} | {"data/a.bin": work.bytes(300 * KIB)}
        for path, content in files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(content)
        upload = lambda: api.upload_folder(repo_id=repo.id, repo_type="dataset", folder_path=folder).oid  # noqa: E731
        first = upload()
        expect_equal(repo.files(), sorted(files), "files")
        expect_equal(upload(), first, "commit of the same folder")
        operation = CommitOperationCopy("data/a.bin", "data/b.bin")
        api.create_commit(repo.id, [operation], commit_message="copy", repo_type="dataset")
        expect_equal(repo.snapshot(), files | {"data/b.bin": files["data/a.bin"]}, "snapshot")
        fs = HfFileSystem()
        with fs.open(f"datasets/{repo.id}/data/a.bin", "rb", block_size=4096) as file:
            file.seek(100_000)
            expect_equal(file.read(5000), files["data/a.bin"][100_000:105_000], "range")


@case
def private_and_gated_repo(work):
    """a private repo is closed without a token, a gated one gives no content"""
    with RepoPlace(work, "model", private=True) as repo:
        repo.commit({"x": b"secret", "y.bin": b"\0" + work.bytes(100 * KIB)})
        expect_equal(repo.download("x"), b"secret", "with a token")
        expect_raises(RepositoryNotFoundError, lambda: repo.download("x", token=False))
        expect_raises(RepositoryNotFoundError, lambda: repo.files(token=False))
        api.update_repo_settings(repo.id, private=False, gated="manual")
        expect_equal(sorted(repo.files(token=False)), ["x", "y.bin"], "names of a gated repo")
        expect_raises(GatedRepoError, lambda: repo.download("y.bin", token=False))
        expect_equal(repo.download("x"), b"secret", "for the owner")
        api.update_repo_settings(repo.id, gated=False)
        expect_equal(repo.download("x", token=False), b"secret", "when it is open")


def main():
    warnings.filterwarnings("error", message="File .* not found in bucket")
    wanted = sys.argv[1:]
    failed = 0
    ran = 0
    for function in cases:
        if wanted and not any(part in function.__name__ for part in wanted):
            continue
        ran += 1
        start = time.monotonic()
        work = Workplace()
        api.create_bucket(work.bucket)
        try:
            function(work)
            outcome = "PASS"
        except Exception:
            outcome = "FAIL"
            failed += 1
            traceback.print_exc(file=sys.stdout)
        finally:
            api.delete_bucket(work.bucket, missing_ok=True)
        print(f"{outcome} {function.__name__} ({time.monotonic() - start:.1f} s): {function.__doc__}", flush=True)
    print(f"{ran - failed} of {ran} cases passed with huggingface_hub {hub_version}, hf_xet {version('hf_xet')}")
    if ran == 0:
        sys.exit("no case has such a name")
    sys.exit(min(failed, 100))


if __name__ == "__main__":
    main()
