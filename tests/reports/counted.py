"""Which records a figure counts, of what was gathered or of a snapshot."""


def counted(told, key):
    return list(told.keys_of(told.facts["figures"][key]))
