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
import numpy as np  # noqa: E402
from keras import layers  # noqa: E402

name, work, batch, steps, seconds = *sys.argv[1:3], int(sys.argv[3]), int(sys.argv[4]), float(sys.argv[5])
random = np.random.default_rng(0)
images = random.random((steps * batch, 32, 32, 3), dtype=np.float32)
labels = random.integers(0, 10, steps * batch)


def lecture():
    """The lecture's model."""
    return keras.Sequential([
        keras.Input((32, 32, 3)),
        layers.Conv2D(32, 3, activation="relu"),
        layers.MaxPooling2D(),
        layers.Conv2D(64, 3, activation="relu"),
        layers.MaxPooling2D(),
        layers.Conv2D(64, 3, activation="relu"),
        layers.Flatten(),
        layers.Dense(64, activation="relu"),
        layers.Dense(10),
    ])


def resnet20():
    """ResNet-20 as Ocellus has it: option B's shortcuts."""
    def normalized(x, filters, size, strides):
        x = layers.Conv2D(filters, size, strides=strides, padding="same")(x)
        return layers.BatchNormalization()(x)

    pictures = keras.Input((32, 32, 3))
    x = layers.ReLU()(normalized(pictures, 16, 3, 1))
    for stage, filters in enumerate([16, 32, 64]):
        for block in range(3):
            strides = 2 if stage > 0 and block == 0 else 1
            inner = layers.ReLU()(normalized(x, filters, 3, strides))
            inner = normalized(inner, filters, 3, 1)
            around = normalized(x, filters, 1, strides) if strides == 2 else x
            x = layers.ReLU()(layers.Add()([around, inner]))
    return keras.Model(pictures, layers.Dense(10)(layers.GlobalAveragePooling2D()(x)))


model = {"lecture": lecture, "resnet20": resnet20}[name]()
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
