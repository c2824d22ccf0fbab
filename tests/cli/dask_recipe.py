"""docs/cluster.md's recipe on two local workers, of which one is killed while it renders."""
import os
import signal
import subprocess

from dask.distributed import Client, LocalCluster


def render(shard, shards, marker):
    if shard == 1 and not os.path.exists(marker):  # the first to try it dies with its worker
        open(marker, "w").close()
        os.kill(os.getpid(), signal.SIGKILL)
    command = ["atrous", "process", "amp.nam", "takes/", "wet/", "--shard", f"{shard}/{shards}"]
    return subprocess.run(command, capture_output=True, text=True).stdout


def main():
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster, Client(cluster) as client:
        for lines in client.gather(client.map(render, range(1, 9), shards=8, marker=os.path.abspath("../died"), pure=False)):
            print(lines, end="")
    assert os.path.exists("../died")


if __name__ == "__main__":
    main()
