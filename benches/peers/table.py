"""Prints what run.sh found: medians over the rounds, and Ocellus' rate as a multiple of each peer's."""

import json
import statistics
import sys

with open(sys.argv[1], encoding="utf-8") as lines:
    runs = [json.loads(line) for line in lines]


def numbers(run):
    """Images per second and seconds to the first step; Ocellus tells them among others."""
    result = run["result"]
    if run["contender"] != "ocellus":
        return result["images_per_second"], result["first_step_seconds"]
    (own,) = result[run["work"]]
    first = own.get("first_step_seconds", own.get("first_batch_seconds"))
    return own["images_per_second"]["median"], first


for work in dict.fromkeys(run["work"] for run in runs):
    found = {}
    for run in runs:
        if run["work"] == work:
            found.setdefault(run["contender"], []).append(run)
    ours = statistics.median(numbers(run)[0] for run in found["ocellus"])
    print(f"\n| {work} | images/s | lowest to highest round | first step | Ocellus is |")
    print("|---|---:|---:|---:|---:|")
    for contender, rounds in found.items():
        rates, firsts = zip(*map(numbers, rounds))
        rate = statistics.median(rates)
        name = rounds[0]["result"].get("peer", "Ocellus")
        print(
            f"| {name} | {rate:.0f} | {min(rates):.0f} to {max(rates):.0f} | {statistics.median(firsts):.2f} s |"
            f" {ours / rate:.2f} times |"
        )
    print("\nIn turn, in each round:\n")
    for rounds in found.values():
        print("    " + rounds[0]["command"])
