"""Images as tokens: what stands before the blocks of a Vision Transformer or an MLP-Mixer."""

from nmc.models.builder import GraphBuilder, Value, Window


def patches(graph: GraphBuilder, image: Value, patch: int, width: int) -> Value:
    """[1, N, width]: each square of `patch` pixels a side, projected."""
    window = Window.square(patch, patch, 0)
    return _tokens(graph, graph.conv("patches", image, width, window))


def stem(graph: GraphBuilder, image: Value, layers: int, width: int) -> Value:
    """[1, N, width]: what `layers` 3x3 convolutions leave, the image halved behind each."""
    for index in range(layers):
        channels = width if index == layers - 1 else width // 2
        image = graph.conv(f"stem.{index}", image, channels, Window.square(3))
        image = graph.relu(f"stem.{index}.relu", image)
        image = graph.pool(f"stem.{index}.pool", image, "max", Window.square(3, 2))
    return _tokens(graph, image)


def _tokens(graph: GraphBuilder, image: Value) -> Value:
    _, width, rows, columns = image.shape
    flat = graph.reshape("flat", image, (1, width, rows * columns))
    return graph.transpose("tokens", flat, (0, 2, 1))
