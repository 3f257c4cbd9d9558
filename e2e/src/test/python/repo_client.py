"""Makes repos and commits with the real Python client.

Usage: HF_ENDPOINT=… HF_TOKEN=… python repo_client.py TYPE OWNER/NAME create | up DIR [BRANCH] | branch NAME

``up`` makes the repo equal to the directory, by one commit.
"""

import sys

from huggingface_hub import HfApi

kind, repo, verb, *rest = sys.argv[1:]
api = HfApi()
if verb == "create":
    api.create_repo(repo, repo_type=kind)
elif verb == "up":
    revision = rest[1] if len(rest) > 1 else "main"
    api.upload_folder(repo_id=repo, repo_type=kind, folder_path=rest[0], revision=revision, delete_patterns="*")
elif verb == "branch":
    api.create_branch(repo, repo_type=kind, branch=rest[0])
else:
    sys.exit(f"unknown verb {verb}")
