"""How well the lecture's model does on CIFAR-10's test split in Keras on TensorFlow, after each of ten epochs.

Takes the folder of the binary layout (data_batch_1.bin to test_batch.bin), an order, and seeds. `new` puts the pictures
into another order before each epoch, as Ocellus does; `same` leaves it to `fit`, whose order is the same every epoch once
a seed is set; `file` takes them as they lie in the files, as Ocellus does with --no-shuffle.
"""

import os
import sys
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")

import keras  # noqa: E402
import keras_models  # noqa: E402
import numpy as np  # noqa: E402

folder, order, seeds = Path(sys.argv[1]), sys.argv[2], [int(seed) for seed in sys.argv[3:]]
if order not in ("new", "same", "file") or not seeds:
    sys.exit("usage: keras_accuracy.py FOLDER new|same|file SEED...")
epochs = 10


def load(names):
    """The pictures, (count, 32, 32, 3) in [0, 1], and their classes."""
    records = np.concatenate([np.fromfile(folder / f"{name}.bin", np.uint8).reshape(-1, 3073) for name in names])
    pictures = records[:, 1:].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1).astype(np.float32) / 255
    return pictures, records[:, 0].astype(np.int64)


def compiled():
    """The lecture's model, compiled."""
    model = keras_models.lecture()
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer="adam", loss=loss, metrics=["accuracy"])
    return model


images, labels = load([f"data_batch_{i}" for i in range(1, 6)])
test = load(["test_batch"])
bests = []
for seed in seeds:
    keras.utils.set_random_seed(seed)
    model = compiled()
    if order != "new":
        options = {"batch_size": 32, "epochs": epochs, "shuffle": order == "same", "verbose": 0}
        history = model.fit(images, labels, validation_data=test, **options)
        accuracies = history.history["val_accuracy"]
    else:
        random = np.random.default_rng(seed)
        accuracies = []
        for _ in range(epochs):
            places = random.permutation(len(images))
            model.fit(images[places], labels[places], batch_size=32, shuffle=False, verbose=0)
            accuracies.append(model.evaluate(*test, verbose=0)[1])
    bests.append(max(accuracies))
    print(f"seed {seed}:", " ".join(f"{accuracy:.4f}" for accuracy in accuracies), flush=True)
print(f"mean of the best: {np.mean(bests):.4f}")
