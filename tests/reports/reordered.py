"""Facts as a database may give them back: JSON has no order of keys, and PostgreSQL keeps one of its own."""


def backwards(value):
    """The same value with the keys of each dict from last to first."""
    if isinstance(value, dict):
        return {key: backwards(item) for key, item in reversed(value.items())}
    return [backwards(item) for item in value] if isinstance(value, list) else value
