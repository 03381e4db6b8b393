"""The round-trip times between Azure's regions: Microsoft, "Azure network round-trip latency statistics" (CC BY 4.0).

The file is not part of the tree: it is looked for in the folder that ISOCHRONE_SHARED names, else in ../shared beside the
checkout. Tests that need it skip without it.
"""

import csv
import os
import pathlib

ROOT = pathlib.Path(__file__).resolve().parents[2]


def find():
    """The file, or None."""
    folders = [os.environ["ISOCHRONE_SHARED"]] if "ISOCHRONE_SHARED" in os.environ else [
        parent / "shared" for parent in list(ROOT.parents)[:2]]
    found = [pathlib.Path(folder) / "data" / "azure-inter-region-rtt.csv" for folder in folders]
    return next((path for path in found if path.is_file()), None)


def read(regions=None):
    """{(from, to): ms of a round trip}; of all regions, or of those named. Both directions are the mean of the two rows,
    which is what a packet and its answer take."""
    one_way = {}
    with find().open(newline="") as file:
        for row in csv.DictReader(file):
            one_way[row["source"], row["destination"]] = float(row["rtt_ms"])
    return {(a, b): (ms + one_way[b, a]) / 2 for (a, b), ms in one_way.items()
            if regions is None or (a in regions and b in regions)}


def of_the_demo(names):
    """The same of the demonstration's few places, from its table in the tree."""
    with (ROOT / "tools" / "demo.d" / "rtt.csv").open(newline="") as file:
        rows = list(csv.DictReader(line for line in file if not line.startswith("#")))
    return {(row["place"], other): float(row[other]) for row in rows for other in names if row["place"] in names and row.get(other)}
