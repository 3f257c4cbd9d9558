"""Moves files between a directory and a bucket with the real Python client.

Usage: HF_ENDPOINT=… HF_TOKEN=… python bucket_client.py OWNER/NAME up DIR | down DIR | put FILE PATH | rm PATH…
"""

import sys

from huggingface_hub import HfApi

bucket, verb, *rest = sys.argv[1:]
api = HfApi()
uri = f"hf://buckets/{bucket}"
if verb == "up":
    api.sync_bucket(rest[0], uri, delete=True, quiet=True)
elif verb == "down":
    api.sync_bucket(uri, rest[0], delete=True, quiet=True)
elif verb == "put":
    api.batch_bucket_files(bucket, add=[(rest[0], rest[1])])
elif verb == "rm":
    api.batch_bucket_files(bucket, delete=rest)
else:
    sys.exit(f"unknown verb {verb}")
