"""The models that the Keras scripts train, as Ocellus has them."""

import keras
from keras import layers


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
