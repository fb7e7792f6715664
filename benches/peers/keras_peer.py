"""The lecture's model, or ResNet-20, in Keras on TensorFlow: Adam at 1e-3, `fit` and `predict` over pictures in memory.

Takes lecture or resnet20, training or inference, the batch size, the steps of a measurement and the seconds to measure;
prints JSON.
"""

import json
import os
import statistics
import sys
import time

started = time.perf_counter()
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")

import keras  # noqa: E402
import keras_models  # noqa: E402
import numpy as np  # noqa: E402

name, work, batch, steps, seconds = *sys.argv[1:3], int(sys.argv[3]), int(sys.argv[4]), float(sys.argv[5])
random = np.random.default_rng(0)
images = random.random((steps * batch, 32, 32, 3), dtype=np.float32)
labels = random.integers(0, 10, steps * batch)
model = {"lecture": keras_models.lecture, "resnet20": keras_models.resnet20}[name]()
loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
model.compile(optimizer=keras.optimizers.Adam(1e-3), loss=loss, metrics=["accuracy"])


def run(count):
    if work == "training":
        model.fit(images[:count], labels[:count], batch_size=batch, epochs=1, verbose=0)
    else:
        model.predict(images[:count], batch_size=batch, verbose=0)


run(batch)
first_step = time.perf_counter() - started
run(len(images))
rates = []
measuring = time.perf_counter()
while len(rates) < 3 or time.perf_counter() - measuring < seconds:
    one = time.perf_counter()
    run(len(images))
    rates.append(len(images) / (time.perf_counter() - one))
print(json.dumps({
    "peer": f"Keras {keras.__version__}, {keras.backend.backend()}",
    "work": work,
    "batch_size": batch,
    "images_per_second": round(statistics.median(rates), 1),
    "first_step_seconds": round(first_step, 2),
}))
