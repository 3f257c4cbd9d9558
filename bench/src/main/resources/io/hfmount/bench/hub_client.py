"""Uploads and downloads for comparison: a JSON command a line on standard input, seconds or an error on standard output."""

import json
import os
import sys
import time

from huggingface_hub import HfApi

api = HfApi()
# what prints goes to standard error
answers = os.fdopen(os.dup(1), "w", buffering=1)
os.dup2(2, 1)
for line in sys.stdin:
    command = json.loads(line)
    pairs = [(path, os.path.basename(path)) for path in command["files"]]
    start = time.perf_counter()
    try:
        if command["do"] == "upload":
            api.batch_bucket_files(command["bucket"], add=pairs)
        else:
            wanted = [(name, path) for path, name in pairs]
            api.download_bucket_files(command["bucket"], wanted, raise_on_missing_files=True)
        answer = {"seconds": time.perf_counter() - start}
    except Exception as error:
        answer = {"error": f"{type(error).__name__}: {error}"[:1000]}
    print(json.dumps(answer), file=answers)
