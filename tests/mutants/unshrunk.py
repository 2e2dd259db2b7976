"""A plugin of pytest: a fault once found is not made smaller, which may take minutes and tells no more."""

from hypothesis import Phase, settings

settings.register_profile("unshrunk", phases=(Phase.explicit, Phase.reuse, Phase.generate))
settings.load_profile("unshrunk")
