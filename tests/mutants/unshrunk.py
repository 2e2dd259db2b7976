"""A plugin of pytest: a fault once found is not made smaller, which may take minutes and tells no more.

For the same reason the sequences, a minute of them, come last: what an example shows is known in seconds.
"""

import pytest
from hypothesis import Phase, settings

settings.register_profile("unshrunk", phases=(Phase.explicit, Phase.reuse, Phase.generate))
settings.load_profile("unshrunk")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: item.path.name == "test_sequences.py")
