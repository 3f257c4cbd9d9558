"""BLAKE3's own code for comparison: a JSON command a line on standard input, times or an error on standard output.

Arguments: a file of random bytes, the length of a block, a key in hexadecimal.
"""

import json
import statistics
import sys
import time

QUIET_PARTS = 5


def nanos(hash_of, blocks, key, seconds):
    """Wall-clock time for one of the blocks, which are hashed in turn again and again."""
    calls = 0
    start = now = time.perf_counter_ns()
    while now - start < seconds * 1e9:
        for block in blocks:
            hash_of(block, key=key).digest()
        calls += len(blocks)
        now = time.perf_counter_ns()
    return (now - start) / calls


def answer(command, blocks, key):
    from blake3 import __version__, blake3

    if command["do"] == "digest":
        return {"digest": blake3(blocks[0], key=key).hexdigest(), "version": __version__}
    wanted = blocks[:1] * len(blocks) if command["hot"] else blocks
    # What Python takes for a call, with the one compression that an empty message needs.
    empty = [blocks[0][:0]] * len(blocks)
    part = command["seconds"] / 10 / QUIET_PARTS
    call = statistics.median(nanos(blake3, empty, key, part) for _ in range(QUIET_PARTS))
    return {"nanos": nanos(blake3, wanted, key, command["seconds"]), "call": call}


def main():
    with open(sys.argv[1], "rb") as file:
        content = file.read()
    length = int(sys.argv[2])
    key = bytes.fromhex(sys.argv[3])
    blocks = [content[at : at + length] for at in range(0, len(content), length)]
    for line in sys.stdin:
        try:
            said = answer(json.loads(line), blocks, key)
        except Exception as error:
            said = {"error": f"{type(error).__name__}: {error}"[:1000]}
        print(json.dumps(said), flush=True)


main()
