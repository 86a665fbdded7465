#!/usr/bin/env python3
"""The same job as ocr-run's, done with Dask: called by hosts.sh.

  dask_peer.py FLOW IN OUT SECONDS_PER_BYTE no|kill

FLOW octoray: the whole file is read, cut into a piece for each worker,
scattered, mapped, gathered.  FLOW tuned: 36 pieces, scattered without hashing
and straight to the workers.  Work on a piece is a sleep.  With kill, one of the
two workers is killed (-9) when a third of the time is over.  Writes lines
"KEY VALUE": start, seconds, outcome.
"""
import os
import re
import signal
import subprocess
import sys
import threading
import time

begin = time.time()


def start_cluster(n):
    """A scheduler and n workers of one thread, each a process."""
    scheduler = subprocess.Popen(
        [sys.executable, "-m", "distributed.cli.dask_scheduler", "--host",
         "127.0.0.1", "--port", "0", "--no-dashboard"],
        stderr=subprocess.PIPE, text=True)
    address = None
    for line in scheduler.stderr:
        found = re.search(r"tcp://127\.0\.0\.1:\d+", line)
        if found:
            address = found.group(0)
            break
    threading.Thread(target=scheduler.stderr.read, daemon=True).start()
    workers = [
        subprocess.Popen(
            [sys.executable, "-m", "distributed.cli.dask_worker", address,
             "--nthreads", "1", "--no-nanny", "--no-dashboard",
             "--memory-limit", "0"],
            stderr=subprocess.DEVNULL)
        for _ in range(n)
    ]
    return scheduler, workers, address


def main():
    flow, source, target, per_byte, kill = sys.argv[1:]
    per_byte = float(per_byte)
    n = 2
    scheduler, workers, address = start_cluster(n)
    status = 1
    try:
        from distributed import Client

        client = Client(address)
        client.wait_for_workers(n, timeout=60)
        print("start %.3f" % (time.time() - begin), flush=True)

        def work(piece):
            time.sleep(len(piece) * per_byte)
            return piece

        if kill == "kill":
            size = os.stat(source).st_size
            threading.Timer(
                size * per_byte / n / 3 + 0.2,
                lambda: workers[0].send_signal(signal.SIGKILL)).start()
        began = time.time()
        with open(source, "rb") as f:
            data = f.read()
        pieces = n if flow == "octoray" else 36
        step = -(-len(data) // pieces)
        cut = [data[i:i + step] for i in range(0, len(data), step)]
        if flow == "octoray":
            inputs = client.scatter(cut)
        else:
            inputs = client.scatter(cut, hash=False, direct=True)
        results = client.map(work, inputs, pure=False)
        out = client.gather(results)
        with open(target, "wb") as f:
            for piece in out:
                f.write(piece)
        print("seconds %.3f" % (time.time() - began))
        print("outcome ok")
        status = 0
    except BaseException as e:  # whatever it is, it is the outcome
        print("outcome %s: %s" % (type(e).__name__, str(e)[:60].split("\n")[0]))
    sys.stdout.flush()
    for p in workers + [scheduler]:
        p.kill()
        p.wait()
    os._exit(status)  # not what its threads have to say


if __name__ == "__main__":
    main()
